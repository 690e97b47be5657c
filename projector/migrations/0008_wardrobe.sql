-- What somebody likes, owns and wears together.
CREATE TABLE drape.wardrobe (
    account  UUID PRIMARY KEY,
    document TEXT NOT NULL
);

-- The links to outfits that are shared.
CREATE TABLE drape.wardrobe_look (
    -- SHA-256 of the link's token, in hexadecimal.
    token   TEXT PRIMARY KEY,
    account UUID NOT NULL,
    outfit  UUID NOT NULL,
    -- The picture of its owner that is shared with it.
    picture UUID
);

CREATE INDEX wardrobe_look_by_account ON drape.wardrobe_look (account);

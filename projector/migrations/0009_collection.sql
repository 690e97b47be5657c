-- Collections: garments that are shown together.
CREATE TABLE drape.collection (
    id       UUID    PRIMARY KEY,
    -- The readable part of its address today. Two may have the same.
    slug     TEXT    NOT NULL,
    -- Whether somebody took it out of the shop; its row stays, so that whoever holds it in memory hears of that.
    removed  BOOLEAN NOT NULL,
    -- The commit that added it.
    sort_key BIGINT  NOT NULL,
    -- The last commit: what changed since is read again.
    sequence BIGINT  NOT NULL,
    document TEXT    NOT NULL
);

CREATE INDEX collection_by_slug ON drape.collection (slug) WHERE NOT removed;
CREATE INDEX collection_by_age ON drape.collection (sort_key) WHERE NOT removed;
CREATE INDEX collection_by_sequence ON drape.collection (sequence);

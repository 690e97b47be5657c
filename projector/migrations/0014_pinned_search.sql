-- What searches for some words show first.
CREATE TABLE drape.pinned_search (
    -- Follows from the words.
    id       UUID   PRIMARY KEY,
    -- The last commit: what changed since is read again.
    sequence BIGINT NOT NULL,
    document TEXT   NOT NULL
);

CREATE INDEX pinned_search_by_sequence ON drape.pinned_search (sequence);

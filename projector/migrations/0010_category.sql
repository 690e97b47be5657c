-- What places in the tree of categories are called.
CREATE TABLE drape.category (
    -- Follows from the path.
    id       UUID   PRIMARY KEY,
    path     TEXT   NOT NULL UNIQUE,
    -- The last commit: what changed since is read again.
    sequence BIGINT NOT NULL,
    document TEXT   NOT NULL
);

CREATE INDEX category_by_sequence ON drape.category (sequence);

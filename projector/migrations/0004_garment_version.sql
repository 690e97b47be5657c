-- What was said about each garment, version by version: its history, its earlier states, and the addresses that it had.
CREATE TABLE drape.garment_version (
    garment  UUID    NOT NULL,
    -- Events of the garment after the commit.
    version  BIGINT  NOT NULL,
    -- Where the commit stands in the log.
    sequence BIGINT  NOT NULL,
    -- When it was made: RFC 3339, in UTC.
    at       TEXT    NOT NULL,
    -- Opaque id of who asked for it.
    actor    TEXT,
    -- What happened: names of events, with commas.
    events   TEXT    NOT NULL,
    slug     TEXT    NOT NULL,
    -- Whether shoppers had ever seen it by then.
    public   BOOLEAN NOT NULL,
    document TEXT    NOT NULL,
    PRIMARY KEY (garment, version)
);

CREATE INDEX garment_version_by_slug ON drape.garment_version (slug, sequence DESC);

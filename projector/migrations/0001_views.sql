-- The views that clients read, and how far each of them has come. Everything here can be dropped and rebuilt from the
-- event log; `synchronous_commit` may therefore be off for it.

CREATE SCHEMA IF NOT EXISTS drape;

CREATE TABLE drape.checkpoint (
    view        TEXT   PRIMARY KEY,
    version     INTEGER NOT NULL,
    epoch       TEXT   NOT NULL,
    sequence    BIGINT NOT NULL CHECK (sequence >= 0),
    -- SHA-256 over the commit at `sequence`; empty before the first one.
    fingerprint BYTEA  NOT NULL
);

CREATE TABLE drape.garment_card (
    id          UUID   PRIMARY KEY,
    status      TEXT   NOT NULL CHECK (status IN ('draft', 'published', 'retired')),
    category    TEXT   NOT NULL,
    colour      TEXT   NOT NULL,
    price_minor BIGINT NOT NULL,
    currency    TEXT   NOT NULL,
    -- Sequence of the commit that published it, else of the one that added it. Newest first.
    sort_key    BIGINT NOT NULL,
    -- Sequence of the commit that first published it: what happened before is not for shoppers.
    published   BIGINT,
    document    TEXT   NOT NULL
);

CREATE INDEX garment_card_by_age ON drape.garment_card (sort_key DESC);
CREATE INDEX garment_card_by_status ON drape.garment_card (status, sort_key DESC);
CREATE INDEX garment_card_by_category ON drape.garment_card (status, category, sort_key DESC);

CREATE TABLE drape.garment_page (
    id       UUID PRIMARY KEY,
    status   TEXT NOT NULL CHECK (status IN ('draft', 'published', 'retired')),
    -- Whether shoppers have ever seen it.
    public   BOOLEAN NOT NULL,
    document TEXT NOT NULL
);

CREATE TABLE drape.tryon_status (
    id           UUID PRIMARY KEY,
    requested_by UUID NOT NULL,
    status       TEXT NOT NULL CHECK (status IN ('requested', 'running', 'succeeded', 'failed', 'cancelled')),
    document     TEXT NOT NULL
);

CREATE TABLE drape.picture (
    id       UUID PRIMARY KEY,
    owner    UUID,
    purpose  TEXT NOT NULL CHECK (purpose IN ('catalogue', 'person', 'result')),
    status   TEXT NOT NULL CHECK (status IN ('uploaded', 'processed', 'refused')),
    document TEXT NOT NULL
);

-- Where the bytes of each rendition lie, the original among them.
CREATE TABLE drape.picture_rendition (
    picture    UUID   NOT NULL REFERENCES drape.picture (id) ON DELETE CASCADE,
    name       TEXT   NOT NULL,
    blob       TEXT   NOT NULL,
    media_type TEXT   NOT NULL,
    size_bytes BIGINT NOT NULL,
    PRIMARY KEY (picture, name)
);

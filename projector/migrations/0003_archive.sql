-- A second copy of the log, message for message, in a hash chain: proves what was there, and can restore it. Unlike
-- the views it cannot be rebuilt once the log is gone: it is written with `synchronous_commit`.

CREATE SCHEMA drape_archive;

CREATE TABLE drape_archive.message (
    sequence  BIGINT PRIMARY KEY CHECK (sequence > 0),
    subject   TEXT   NOT NULL,
    -- A JSON array of [name, value], sorted.
    headers   TEXT   NOT NULL,
    body      BYTEA  NOT NULL,
    -- When the server stored it, in nanoseconds since 1970.
    stored_ns BIGINT,
    prev_hash BYTEA  NOT NULL CHECK (length(prev_hash) = 32),
    -- SHA-256 over all of the above.
    hash      BYTEA  NOT NULL CHECK (length(hash) = 32)
);

-- Which log it is a copy of. One row.
CREATE TABLE drape_archive.log (
    one    BOOLEAN     PRIMARY KEY DEFAULT TRUE CHECK (one),
    epoch  TEXT        NOT NULL,
    halted TEXT,
    seen   TIMESTAMPTZ
);

-- What is needed to run projections: pausing them, parking what cannot be applied, building a new generation beside
-- the live one.

-- Raised by whatever changes a view's rows or rules beside the runner (a retry, a switch, a pause): the runner's
-- compare-and-set then fails, and it forgets what it holds in memory.
ALTER TABLE drape.checkpoint
    ADD COLUMN revision BIGINT  NOT NULL DEFAULT 0,
    ADD COLUMN paused   BOOLEAN NOT NULL DEFAULT FALSE,
    -- Why the view stopped for good, as the last projector found.
    ADD COLUMN halted   TEXT,
    -- When a projector last said that it looks after the view.
    ADD COLUMN seen     TIMESTAMPTZ;

-- A generation is made with `LIKE`, which takes no foreign keys along.
ALTER TABLE drape.picture_rendition DROP CONSTRAINT picture_rendition_picture_fkey;

-- The tables of generations under construction.
CREATE SCHEMA drape_next;

CREATE TABLE drape.dead_letter (
    id             BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- A checkpoint's key: a generation under construction has its own dead letters.
    view           TEXT        NOT NULL,
    sequence       BIGINT      NOT NULL,
    aggregate_type TEXT        NOT NULL,
    aggregate_id   TEXT        NOT NULL,
    event_types    TEXT        NOT NULL,
    -- `parked` could not be applied, `held` waits behind a parked one of its aggregate, `discarded` is left out.
    state          TEXT        NOT NULL CHECK (state IN ('parked', 'held', 'discarded')),
    class          TEXT        NOT NULL CHECK (class IN ('data', 'code', 'unknown-type', 'order', 'held')),
    reason         TEXT        NOT NULL,
    tries          INTEGER     NOT NULL,
    since          TIMESTAMPTZ NOT NULL DEFAULT now(),
    -- Who decided to leave it out.
    discarded_by   TEXT,
    UNIQUE (view, sequence)
);

CREATE INDEX dead_letter_by_aggregate ON drape.dead_letter (view, aggregate_id, sequence);

CREATE TABLE drape.rebuild (
    view      TEXT        PRIMARY KEY,
    -- Why: a person asked, or the program builds a newer version.
    cause     TEXT        NOT NULL CHECK (cause IN ('requested', 'version')),
    state     TEXT        NOT NULL CHECK (state IN ('requested', 'building', 'done', 'failed', 'cancelled')),
    -- The sequence that it builds up to for now.
    target    BIGINT      NOT NULL DEFAULT 0,
    since     TIMESTAMPTZ NOT NULL DEFAULT now(),
    ended     TIMESTAMPTZ,
    -- How old and new rows differed at the same position, as JSON; why it failed, as text.
    report    TEXT,
    failure   TEXT
);

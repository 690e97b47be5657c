-- What admins decided about projections and the log has not been told yet: written in the transaction that makes it so, gone once
-- the log has it.
CREATE TABLE drape.decision (
    -- Its command's id in the log: told twice, it stands there once.
    id              UUID        PRIMARY KEY DEFAULT gen_random_uuid(),
    -- The log is told in this order.
    number          BIGINT      GENERATED ALWAYS AS IDENTITY UNIQUE,
    view            TEXT        NOT NULL,
    what            TEXT        NOT NULL
        CHECK (what IN ('pause', 'resume', 'rebuild', 'cancel-rebuild', 'retry', 'discard')),
    -- The commit that it is about.
    sequence        BIGINT,
    -- Who decided it.
    actor           TEXT        NOT NULL,
    -- Where they were: a /24 or a /48, never an address.
    network         TEXT,
    reason          TEXT,
    correlation_id  TEXT,
    traceparent     TEXT,
    decided_at      TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- What admins decided about people, keys and projections.
CREATE TABLE drape.audit_entry (
    -- Where the commit stands in the log.
    sequence BIGINT      NOT NULL,
    -- Which of the commit's decisions it is.
    ordinal  INTEGER     NOT NULL,
    -- The account or the projection.
    subject  UUID        NOT NULL,
    -- Opaque id of who decided it.
    actor    TEXT,
    -- The event's type.
    action   TEXT        NOT NULL,
    -- When it came into force.
    at       TIMESTAMPTZ NOT NULL,
    document TEXT        NOT NULL,
    PRIMARY KEY (sequence, ordinal)
);

CREATE INDEX audit_entry_by_subject ON drape.audit_entry (subject, sequence DESC);
CREATE INDEX audit_entry_by_actor ON drape.audit_entry (actor, sequence DESC);

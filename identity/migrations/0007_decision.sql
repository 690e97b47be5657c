-- What admins decided about people and the log has not been told yet: written in the transaction that makes it so, gone once the
-- log has it. Holds opaque ids only.
CREATE TABLE identity.decision (
    -- Its command's id in the log: told twice, it stands there once.
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- The log is told in this order.
    number          bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    account         uuid NOT NULL,
    what            text NOT NULL CHECK (what IN ('suspend', 'reinstate', 'end-sessions', 'remove-second-factor')),
    -- Who decided it.
    actor           text NOT NULL,
    -- Where they were: a /24 or a /48, never an address.
    network         text,
    reason          text,
    correlation_id  text,
    traceparent     text,
    decided_at      timestamptz NOT NULL DEFAULT now()
);

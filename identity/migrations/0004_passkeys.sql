-- Passkeys (WebAuthn): what somebody signs in with instead of a password.

CREATE TABLE identity.passkey (
    id            uuid PRIMARY KEY,
    account       uuid NOT NULL REFERENCES identity.person ON DELETE CASCADE,
    -- What the authenticator calls it.
    credential    bytea NOT NULL UNIQUE,
    -- What its owner calls it.
    name          text NOT NULL,
    -- How the authenticator can be reached: a bit for each way.
    transports    smallint NOT NULL,
    -- The public key, and what does not change.
    key           bytea NOT NULL,
    -- The signature counter, and what changes.
    state         bytea NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    last_used_at  timestamptz
);
CREATE INDEX passkey_account ON identity.passkey (account, created_at);

-- Challenges that were given out and not come back to yet.
CREATE TABLE identity.ceremony (
    challenge   text PRIMARY KEY,
    -- Who registers a passkey; none where somebody signs in.
    account     uuid REFERENCES identity.person ON DELETE CASCADE,
    state       bytea NOT NULL,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX ceremony_account ON identity.ceremony (account);
CREATE INDEX ceremony_expires_at ON identity.ceremony (expires_at);

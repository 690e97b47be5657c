-- More than a password.

-- When whoever has the session has last shown who they are.
ALTER TABLE identity.session ADD COLUMN proved_at timestamptz NOT NULL DEFAULT now();

-- Whether the password is one that only a second factor makes long enough.
ALTER TABLE identity.person ADD COLUMN password_is_short boolean NOT NULL DEFAULT false;

-- An app that shows codes (RFC 6238).
CREATE TABLE identity.totp (
    account       uuid PRIMARY KEY REFERENCES identity.person ON DELETE CASCADE,
    -- The shared secret, sealed under the account's key.
    sealed        bytea NOT NULL,
    -- Set by the first code; before that it counts for nothing.
    confirmed_at  timestamptz,
    -- The step of the last code that was taken: no code is taken twice.
    last_step     bigint NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL DEFAULT now()
);

-- Instead of the app, once each.
CREATE TABLE identity.recovery_code (
    account  uuid NOT NULL REFERENCES identity.totp ON DELETE CASCADE,
    -- SHA-256 of the account and the code, in hexadecimal digits.
    code     text NOT NULL,
    PRIMARY KEY (account, code)
);

-- Whoever has given the right password and still has to show a second factor.
CREATE TABLE identity.half_sign_in (
    id             uuid PRIMARY KEY,
    account        uuid NOT NULL REFERENCES identity.person ON DELETE CASCADE,
    -- SHA-256 of the secret, in hexadecimal digits.
    secret         text NOT NULL UNIQUE,
    attempts_left  integer NOT NULL DEFAULT 5,
    expires_at     timestamptz NOT NULL
);
CREATE INDEX half_sign_in_account ON identity.half_sign_in (account);
CREATE INDEX half_sign_in_expires_at ON identity.half_sign_in (expires_at);

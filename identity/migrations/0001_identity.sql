-- Who may come in. Not in the event log: secrets and personal data must be able to go away. Back this schema up: it cannot be
-- made anew from the log.

CREATE TABLE identity.person (
    account       uuid PRIMARY KEY,
    -- As its owner writes it; none for a guest.
    email         text,
    -- In lower case: one address, one person.
    email_key     text UNIQUE,
    -- PHC string; none for a guest.
    password      text,
    -- Which pepper went into the password.
    pepper        text,
    language      text NOT NULL DEFAULT 'en',
    -- A copy of what the log says.
    roles         text[] NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    suspended_at  timestamptz,
    CHECK ((email IS NULL) = (email_key IS NULL))
);

CREATE TABLE identity.session (
    id           uuid PRIMARY KEY,
    account      uuid NOT NULL REFERENCES identity.person ON DELETE CASCADE,
    -- SHA-256 of the secret, in hexadecimal digits.
    secret       text NOT NULL UNIQUE,
    -- What the browser calls itself, cut.
    agent        text NOT NULL,
    -- The network that it was opened from.
    network      text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    seen_at      timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL
);
CREATE INDEX session_account ON identity.session (account, created_at);
CREATE INDEX session_expires_at ON identity.session (expires_at);

-- A mail that is to be sent or was sent, and the secret in it: who has that may open an account or set a password anew.
CREATE TABLE identity.challenge (
    id               uuid PRIMARY KEY,
    purpose          text NOT NULL CHECK (purpose IN ('sign-up', 'recovery')),
    email            text NOT NULL,
    email_key        text NOT NULL,
    language         text NOT NULL,
    -- Sign-up: what the account will be, and its password.
    account          uuid,
    password         text,
    pepper           text,
    -- Set when the mail is written: hashes of the code and of the link's secret.
    code             text,
    link             text UNIQUE,
    attempts_left    integer NOT NULL DEFAULT 5,
    created_at       timestamptz NOT NULL DEFAULT now(),
    -- The mail: when to try next, how often it was tried, when it went out.
    next_attempt_at  timestamptz NOT NULL DEFAULT now(),
    attempts         integer NOT NULL DEFAULT 0,
    mailed_at        timestamptz,
    expires_at       timestamptz NOT NULL
);
CREATE INDEX challenge_email_key ON identity.challenge (email_key, purpose, created_at);
CREATE INDEX challenge_next_attempt_at ON identity.challenge (next_attempt_at) WHERE mailed_at IS NULL;
CREATE INDEX challenge_expires_at ON identity.challenge (expires_at);

CREATE TABLE identity.api_key (
    id            uuid PRIMARY KEY,
    account       uuid NOT NULL REFERENCES identity.person ON DELETE CASCADE,
    name          text NOT NULL,
    -- SHA-256 of the secret, in hexadecimal digits.
    secret        text NOT NULL UNIQUE,
    roles         text[] NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    expires_at    timestamptz NOT NULL,
    last_used_at  timestamptz,
    -- Only when the log knows of it.
    issued        boolean NOT NULL DEFAULT false
);
CREATE INDEX api_key_account ON identity.api_key (account, created_at);

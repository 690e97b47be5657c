-- Signing in with another provider (OpenID Connect).

-- Who somebody is elsewhere.
CREATE TABLE identity.provider_link (
    issuer        text NOT NULL,
    -- What the issuer calls them, for good.
    subject       text NOT NULL,
    account       uuid NOT NULL REFERENCES identity.person ON DELETE CASCADE,
    created_at    timestamptz NOT NULL DEFAULT now(),
    last_used_at  timestamptz,
    PRIMARY KEY (issuer, subject),
    UNIQUE (account, issuer)
);

-- Somebody who was sent to a provider and has not come back yet.
CREATE TABLE identity.provider_sign_in (
    -- SHA-256 of the state, which comes back by way of the browser.
    state       text PRIMARY KEY,
    -- SHA-256 of what stays in the browser that was sent.
    binding     text NOT NULL,
    provider    text NOT NULL,
    nonce       text NOT NULL,
    verifier    text NOT NULL,
    -- Who links their account; none where somebody signs in.
    account     uuid REFERENCES identity.person ON DELETE CASCADE,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX provider_sign_in_account ON identity.provider_sign_in (account);
CREATE INDEX provider_sign_in_expires_at ON identity.provider_sign_in (expires_at);

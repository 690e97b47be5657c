-- Access tokens that other services check by themselves (RFC 9068), and what renews them.

-- What they are signed with.
CREATE TABLE identity.signing_key (
    -- `kid`: the first sixteen hexadecimal digits of the public key's SHA-256.
    id          text PRIMARY KEY,
    public      bytea NOT NULL,
    -- The Ed25519 seed, sealed under a master key; as it is, where there is none.
    sealed      bytea NOT NULL,
    master      text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    -- Shown before it signs, so that whoever keeps the keys for a while knows it by then.
    signs_from  timestamptz NOT NULL
);

-- The tokens of a session that are renewed, one after the other. Each stands for the access token that was issued with it too.
CREATE TABLE identity.refresh_token (
    -- `jti` of the access token.
    id          uuid PRIMARY KEY,
    session     uuid NOT NULL REFERENCES identity.session ON DELETE CASCADE,
    -- SHA-256 of the secret, in hexadecimal digits.
    secret      text NOT NULL UNIQUE,
    created_at  timestamptz NOT NULL DEFAULT now(),
    -- When the access token was first brought here.
    used_at     timestamptz,
    -- What it was redeemed for. It may be gone, where its answer was lost.
    successor   uuid
);
CREATE INDEX refresh_token_session ON identity.refresh_token (session, created_at);

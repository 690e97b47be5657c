-- Being forgotten.

ALTER TABLE identity.person ADD COLUMN erase_at timestamptz;
CREATE INDEX person_erase_at ON identity.person (erase_at) WHERE erase_at IS NOT NULL;

-- What somebody's pictures are sealed under.
CREATE TABLE identity.subject_key (
    account     uuid PRIMARY KEY,
    -- Sealed under a master key, or as it is where there is none. None any more: its owner was erased, for good.
    sealed      bytea,
    -- Which master key.
    master      text,
    created_at  timestamptz NOT NULL DEFAULT now()
);

-- Receipts: an opaque id, and what went.
CREATE TABLE identity.erasure (
    account    uuid PRIMARY KEY,
    erased_at  timestamptz NOT NULL DEFAULT now(),
    blobs      bigint NOT NULL
);

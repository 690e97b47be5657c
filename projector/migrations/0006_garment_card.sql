-- Garments whose publication is planned, and what a search wants to know.
ALTER TABLE drape.garment_card DROP CONSTRAINT garment_card_status_check;
ALTER TABLE drape.garment_card
    ADD CONSTRAINT garment_card_status_check CHECK (status IN ('draft', 'scheduled', 'published', 'retired')),
    -- When it is to be published: RFC 3339, in UTC, to the second.
    ADD COLUMN publish_at TEXT,
    -- What is searched beside what a list shows: JSON.
    ADD COLUMN said TEXT NOT NULL DEFAULT '{}',
    -- The last commit of the garment: what changed since is read again.
    ADD COLUMN sequence BIGINT NOT NULL DEFAULT 0;
ALTER TABLE drape.garment_page DROP CONSTRAINT garment_page_status_check;
ALTER TABLE drape.garment_page
    ADD CONSTRAINT garment_page_status_check CHECK (status IN ('draft', 'scheduled', 'published', 'retired'));

CREATE INDEX garment_card_by_publication ON drape.garment_card (publish_at) WHERE publish_at IS NOT NULL;
CREATE INDEX garment_card_by_sequence ON drape.garment_card (sequence);

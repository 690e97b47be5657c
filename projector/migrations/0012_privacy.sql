-- What is kept of people, and until when.
ALTER TABLE drape.picture DROP CONSTRAINT picture_status_check;
ALTER TABLE drape.picture
    ADD CONSTRAINT picture_status_check CHECK (status IN ('uploaded', 'processed', 'refused', 'removed')),
    ADD COLUMN uploaded_at TIMESTAMPTZ,
    -- Whether its owner agrees to what is done with it.
    ADD COLUMN consented   BOOLEAN;

-- Pictures of people that may have to go.
CREATE INDEX picture_by_age ON drape.picture (purpose, uploaded_at) WHERE owner IS NOT NULL AND status <> 'removed';
CREATE INDEX picture_by_owner ON drape.picture (owner) WHERE owner IS NOT NULL;

ALTER TABLE drape.tryon_status
    ADD COLUMN person       UUID,
    ADD COLUMN requested_at TIMESTAMPTZ;

CREATE INDEX tryon_status_by_person ON drape.tryon_status (person, requested_at);
CREATE INDEX tryon_status_open ON drape.tryon_status (person) WHERE status IN ('requested', 'running');

-- The picture that an outfit is kept with.
ALTER TABLE drape.wardrobe_outfit ADD COLUMN picture UUID;

CREATE INDEX wardrobe_outfit_by_picture ON drape.wardrobe_outfit (picture) WHERE picture IS NOT NULL;

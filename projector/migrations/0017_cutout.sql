-- A garment cut out of a picture of the catalogue is a picture of its own.
ALTER TABLE drape.picture DROP CONSTRAINT IF EXISTS picture_purpose_check;
ALTER TABLE drape.picture ADD CONSTRAINT picture_purpose_check CHECK (purpose IN ('catalogue', 'person', 'result', 'cutout'));

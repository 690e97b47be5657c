-- What the latest look at a garment's picture came to, and of which picture it was: documents say what of it still holds.
ALTER TABLE drape.garment_card ADD COLUMN looked TEXT;
ALTER TABLE drape.garment_page ADD COLUMN looked TEXT;

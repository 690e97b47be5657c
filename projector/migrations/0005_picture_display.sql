-- How a picture is shown, ready to be put into the documents that point to it: JSON, once it is processed.
ALTER TABLE drape.picture ADD COLUMN display TEXT;

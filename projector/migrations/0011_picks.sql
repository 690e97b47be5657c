-- What wardrobes and try-ons say of garments, to be counted.
CREATE TABLE drape.wardrobe_favourite (
    account UUID NOT NULL,
    garment UUID NOT NULL,
    PRIMARY KEY (account, garment)
);

CREATE INDEX wardrobe_favourite_by_garment ON drape.wardrobe_favourite (garment);

-- Which garments stand in one outfit.
CREATE TABLE drape.wardrobe_outfit (
    account UUID NOT NULL,
    outfit  UUID NOT NULL,
    garment UUID NOT NULL,
    PRIMARY KEY (account, outfit, garment)
);

CREATE INDEX wardrobe_outfit_by_garment ON drape.wardrobe_outfit (garment);

ALTER TABLE drape.tryon_status ADD COLUMN garment UUID;

CREATE INDEX tryon_status_by_garment ON drape.tryon_status (garment);

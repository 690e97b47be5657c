-- How many there are of each garment, size by size.
CREATE TABLE drape.garment_stock (
    garment        UUID   PRIMARY KEY,
    -- Pieces of all sizes.
    total          BIGINT NOT NULL CHECK (total >= 0),
    -- The sizes of which there are more than none.
    sizes_in_stock TEXT[] NOT NULL,
    document       TEXT   NOT NULL
);

-- How many there are of each garment, size by size.
CREATE TABLE drape.garment_stock (
    garment        UUID   PRIMARY KEY,
    -- Pieces of all sizes.
    total          BIGINT NOT NULL CHECK (total >= 0),
    -- The sizes of which there are more than none.
    sizes_in_stock TEXT[] NOT NULL,
    -- The last commit of the stock: what changed since is read again.
    sequence       BIGINT NOT NULL,
    document       TEXT   NOT NULL
);

CREATE INDEX garment_stock_by_sequence ON drape.garment_stock (sequence);

-- serves: 5
-- A forecast that a person saw is kept when the others are thinned.
ALTER TABLE tw.prediction ADD COLUMN seen boolean NOT NULL DEFAULT false;

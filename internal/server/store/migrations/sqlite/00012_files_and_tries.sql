-- +goose Up
-- Where the data of a file lies, as its side-car says: WKT.
ALTER TABLE files ADD COLUMN geometry TEXT;
ALTER TABLE files ADD COLUMN center_point TEXT;

-- +goose Up
-- Where the data of a file lies, as its side-car says: WKT.
ALTER TABLE files ADD COLUMN geometry text;
ALTER TABLE files ADD COLUMN center_point text;

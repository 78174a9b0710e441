-- +goose Up
ALTER TABLE users ADD COLUMN disabled INTEGER;
ALTER TABLE tokens ADD COLUMN role TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE tokens DROP COLUMN role;
ALTER TABLE users DROP COLUMN disabled;

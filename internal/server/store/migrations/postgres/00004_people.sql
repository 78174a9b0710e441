-- +goose Up
ALTER TABLE users ADD COLUMN disabled timestamptz;
ALTER TABLE tokens ADD COLUMN role text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE tokens DROP COLUMN role;
ALTER TABLE users DROP COLUMN disabled;

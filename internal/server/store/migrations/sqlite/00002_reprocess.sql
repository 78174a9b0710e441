-- +goose Up
ALTER TABLE recipes ADD COLUMN forced_nodes TEXT;
ALTER TABLE files ADD COLUMN is_superseded INTEGER NOT NULL DEFAULT 0 CHECK (is_superseded IN (0, 1));
ALTER TABLE files ADD COLUMN superseded INTEGER;
ALTER TABLE files ADD COLUMN unpublished INTEGER;

CREATE TABLE idempotency_keys (
    username TEXT NOT NULL,
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    object_id INTEGER NOT NULL,
    result TEXT,
    created INTEGER NOT NULL,
    PRIMARY KEY (username, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_created ON idempotency_keys (created);

-- +goose Down
DROP TABLE idempotency_keys;
ALTER TABLE files DROP COLUMN unpublished;
ALTER TABLE files DROP COLUMN superseded;
ALTER TABLE files DROP COLUMN is_superseded;
ALTER TABLE recipes DROP COLUMN forced_nodes;

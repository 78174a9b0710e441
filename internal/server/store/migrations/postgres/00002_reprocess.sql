-- +goose Up
ALTER TABLE recipes ADD COLUMN forced_nodes text;
ALTER TABLE files ADD COLUMN is_superseded boolean NOT NULL DEFAULT FALSE;
ALTER TABLE files ADD COLUMN superseded timestamptz;
ALTER TABLE files ADD COLUMN unpublished timestamptz;

CREATE TABLE idempotency_keys (
    username text NOT NULL,
    key text NOT NULL,
    kind text NOT NULL,
    fingerprint text NOT NULL,
    object_id bigint NOT NULL,
    result text,
    created timestamptz NOT NULL,
    PRIMARY KEY (username, key)
);
CREATE INDEX idempotency_keys_created ON idempotency_keys (created);

-- +goose Down
DROP TABLE idempotency_keys;
ALTER TABLE files DROP COLUMN unpublished;
ALTER TABLE files DROP COLUMN superseded;
ALTER TABLE files DROP COLUMN is_superseded;
ALTER TABLE recipes DROP COLUMN forced_nodes;

-- +goose Up
-- Who has made a thing, or changed it last, and since when a state of Terraform has it (claimed; NULL: none). The object
-- is a row of the table that kind stands for; name is how its users name it.
CREATE TABLE origins (
    kind TEXT NOT NULL,
    object_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    username TEXT NOT NULL,
    origin TEXT NOT NULL,
    session TEXT NOT NULL,
    run TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('made', 'changed')),
    fingerprint TEXT NOT NULL,
    at INTEGER NOT NULL,
    claimed INTEGER,
    PRIMARY KEY (kind, object_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX origins_name ON origins (kind, name);
CREATE INDEX origins_lost ON origins (fingerprint) WHERE claimed IS NULL AND fingerprint <> '';
CREATE INDEX origins_unclaimed ON origins (origin, username) WHERE claimed IS NULL;
ALTER TABLE idempotency_keys ADD COLUMN taken_over INTEGER NOT NULL DEFAULT 0 CHECK (taken_over IN (0, 1));

-- +goose Down
ALTER TABLE idempotency_keys DROP COLUMN taken_over;
DROP TABLE origins;

-- +goose Up
-- Who has made a thing, or changed it last, and since when a state of Terraform has it (claimed; NULL: none). The object
-- is a row of the table that kind stands for; name is how its users name it.
CREATE TABLE origins (
    kind text NOT NULL,
    object_id bigint NOT NULL,
    name text NOT NULL,
    username text NOT NULL,
    origin text NOT NULL,
    session text NOT NULL,
    run text NOT NULL,
    action text NOT NULL CHECK (action IN ('made', 'changed')),
    fingerprint text NOT NULL,
    at timestamptz NOT NULL,
    claimed timestamptz,
    PRIMARY KEY (kind, object_id)
);
CREATE INDEX origins_name ON origins (kind, name);
CREATE INDEX origins_lost ON origins (fingerprint) WHERE claimed IS NULL AND fingerprint <> '';
CREATE INDEX origins_unclaimed ON origins (origin, username) WHERE claimed IS NULL;
ALTER TABLE idempotency_keys ADD COLUMN taken_over boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE idempotency_keys DROP COLUMN taken_over;
DROP TABLE origins;

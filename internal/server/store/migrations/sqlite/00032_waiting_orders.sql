-- +goose Up
-- When the run was due that waits for its files; it counts as long as the order is not due later than that. And how long a run of the
-- order may take (empty: as its variation says).
ALTER TABLE orders ADD COLUMN waiting INTEGER;
ALTER TABLE orders ADD COLUMN timeout TEXT NOT NULL DEFAULT '';
-- Whether a sub-recipe has not begun, as what is above it has failed.
ALTER TABLE recipes ADD COLUMN is_blocked INTEGER NOT NULL DEFAULT FALSE;

-- +goose Down
ALTER TABLE recipes DROP COLUMN is_blocked;
ALTER TABLE orders DROP COLUMN timeout;
ALTER TABLE orders DROP COLUMN waiting;

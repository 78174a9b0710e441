-- +goose Up
-- Runs of orders that were due and did not start, and why.
CREATE TABLE skipped_runs (
    order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    scheduled_for INTEGER NOT NULL,
    reason TEXT NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (order_id, scheduled_for)
) STRICT, WITHOUT ROWID;
-- When a run that goes on is ended, and how many seconds it may take; NULL: no limit. Expired: it was ended for that.
ALTER TABLE order_runs ADD COLUMN timeout INTEGER;
ALTER TABLE order_runs ADD COLUMN deadline INTEGER;
ALTER TABLE order_runs ADD COLUMN expired INTEGER;
CREATE INDEX order_runs_deadline ON order_runs (deadline) WHERE deadline IS NOT NULL;

-- +goose Down
DROP INDEX order_runs_deadline;
ALTER TABLE order_runs DROP COLUMN expired;
ALTER TABLE order_runs DROP COLUMN deadline;
ALTER TABLE order_runs DROP COLUMN timeout;
DROP TABLE skipped_runs;

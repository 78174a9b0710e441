-- +goose Up
-- Runs of orders that were due and did not start, and why.
CREATE TABLE skipped_runs (
    order_id bigint NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    scheduled_for timestamptz NOT NULL,
    reason text NOT NULL,
    created timestamptz NOT NULL,
    PRIMARY KEY (order_id, scheduled_for)
);
-- When a run that goes on is ended, and how many seconds it may take; NULL: no limit. Expired: it was ended for that.
ALTER TABLE order_runs ADD COLUMN timeout bigint;
ALTER TABLE order_runs ADD COLUMN deadline timestamptz;
ALTER TABLE order_runs ADD COLUMN expired timestamptz;
CREATE INDEX order_runs_deadline ON order_runs (deadline) WHERE deadline IS NOT NULL;

-- +goose Down
DROP INDEX order_runs_deadline;
ALTER TABLE order_runs DROP COLUMN expired;
ALTER TABLE order_runs DROP COLUMN deadline;
ALTER TABLE order_runs DROP COLUMN timeout;
DROP TABLE skipped_runs;

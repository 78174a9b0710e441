-- +goose Up
-- What becomes of a run that is due while another of its order is under way, how many were skipped for that, and for which
-- time a run was due; NULL: the same as scheduled_for.
ALTER TABLE orders ADD COLUMN overlap TEXT NOT NULL DEFAULT 'allow';
ALTER TABLE orders ADD COLUMN runs_skipped INTEGER NOT NULL DEFAULT 0;
ALTER TABLE order_runs ADD COLUMN due_for INTEGER;

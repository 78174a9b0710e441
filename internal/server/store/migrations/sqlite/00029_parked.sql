-- +goose Up
-- Whether an execution waits, without being delivered, until its job type may start another job.
ALTER TABLE job_executions ADD COLUMN parked INTEGER NOT NULL DEFAULT FALSE;
CREATE INDEX job_executions_parked ON job_executions (job_id) WHERE parked;

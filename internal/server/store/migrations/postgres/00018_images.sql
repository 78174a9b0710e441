-- +goose Up
-- What an execution ran in: the image as it was asked for, and which one that was.
ALTER TABLE job_executions ADD COLUMN image text NOT NULL DEFAULT '';
ALTER TABLE job_executions ADD COLUMN image_digest text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE job_executions DROP COLUMN image_digest;
ALTER TABLE job_executions DROP COLUMN image;

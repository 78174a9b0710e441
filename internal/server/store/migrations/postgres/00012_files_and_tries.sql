-- +goose Up
-- Where the data of a file lies, as its side-car says: WKT.
ALTER TABLE files ADD COLUMN geometry text;
ALTER TABLE files ADD COLUMN center_point text;
-- How jobs of a type are tried again that failed themselves (recipe.Retry), and how often a job
-- has done so since somebody queued it.
ALTER TABLE job_types ADD COLUMN retry text;
ALTER TABLE jobs ADD COLUMN failures bigint NOT NULL DEFAULT 0;

-- +goose Up
-- Where the bytes of a file lie in its workspace: a name that no other file ever has. '' is a
-- file from before, whose bytes lie at file_path.
ALTER TABLE files ADD COLUMN content text NOT NULL DEFAULT '';
CREATE INDEX files_by_content ON files (content) WHERE content <> '';

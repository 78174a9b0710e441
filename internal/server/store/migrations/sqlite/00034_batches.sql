-- +goose Up
-- Data sets, their members and the files of these: one row for each data set and file, with the parameter that it had first.
CREATE TABLE datasets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT,
    description TEXT,
    definition TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;
CREATE TABLE dataset_members (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    dataset_id INTEGER NOT NULL REFERENCES datasets (id),
    data TEXT NOT NULL,
    digest TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;
CREATE INDEX dataset_members_dataset ON dataset_members (dataset_id, id);
CREATE INDEX dataset_members_digest ON dataset_members (dataset_id, digest);
CREATE TABLE dataset_files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    dataset_id INTEGER NOT NULL REFERENCES datasets (id),
    file_id INTEGER NOT NULL REFERENCES files (id),
    parameter_name TEXT NOT NULL,
    UNIQUE (dataset_id, file_id)
) STRICT;
CREATE INDEX dataset_files_file ON dataset_files (file_id);
-- Batches. What is below next_id (a member, or a recipe of the batch before) still has to be done, unless creation is done.
CREATE TABLE batches (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT,
    description TEXT,
    recipe_type_id INTEGER NOT NULL REFERENCES recipe_types (id),
    recipe_type_rev_id INTEGER NOT NULL REFERENCES recipe_type_revisions (id),
    event_id INTEGER NOT NULL REFERENCES events (id),
    root_batch_id INTEGER REFERENCES batches (id),
    superseded_batch_id INTEGER REFERENCES batches (id),
    dataset_id INTEGER REFERENCES datasets (id),
    definition TEXT NOT NULL,
    configuration TEXT NOT NULL,
    username TEXT NOT NULL,
    recipes_estimated INTEGER NOT NULL,
    recipes_skipped INTEGER NOT NULL,
    problem TEXT NOT NULL,
    next_id INTEGER NOT NULL,
    is_creation_done INTEGER NOT NULL CHECK (is_creation_done IN (0, 1)),
    is_superseded INTEGER NOT NULL CHECK (is_superseded IN (0, 1)),
    superseded INTEGER,
    canceled INTEGER,
    created INTEGER NOT NULL,
    last_modified INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX batches_newest ON batches (root_batch_id) WHERE NOT is_superseded;
CREATE INDEX batches_root ON batches (root_batch_id);
CREATE INDEX batches_recipe_type ON batches (recipe_type_id);
CREATE INDEX batches_event ON batches (event_id);
CREATE INDEX batches_open ON batches (id) WHERE NOT is_creation_done;
ALTER TABLE recipes ADD COLUMN batch_id INTEGER REFERENCES batches (id);
ALTER TABLE jobs ADD COLUMN batch_id INTEGER REFERENCES batches (id);
CREATE INDEX recipes_batch ON recipes (batch_id, last_modified) WHERE batch_id IS NOT NULL;
CREATE INDEX jobs_batch ON jobs (batch_id) WHERE batch_id IS NOT NULL;

-- +goose Down
DROP INDEX jobs_batch;
DROP INDEX recipes_batch;
ALTER TABLE jobs DROP COLUMN batch_id;
ALTER TABLE recipes DROP COLUMN batch_id;
DROP TABLE batches;
DROP TABLE dataset_files;
DROP TABLE dataset_members;
DROP TABLE datasets;

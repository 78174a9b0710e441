-- +goose Up
-- Files that arrive by themselves: strikes, which watch workspaces, scans, which go through them once, and
-- what becomes of each file.
ALTER TABLE job_types ADD COLUMN is_system INTEGER NOT NULL DEFAULT 0 CHECK (is_system IN (0, 1));
ALTER TABLE recipes ADD COLUMN ingest_event_id INTEGER REFERENCES events (id);

CREATE TABLE strikes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    configuration TEXT NOT NULL,
    job_id INTEGER REFERENCES jobs (id),
    created INTEGER NOT NULL,
    last_modified INTEGER NOT NULL
) STRICT;

CREATE TABLE scans (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    configuration TEXT NOT NULL,
    job_id INTEGER REFERENCES jobs (id),
    dry_run_job_id INTEGER REFERENCES jobs (id),
    file_count INTEGER,
    created INTEGER NOT NULL,
    last_modified INTEGER NOT NULL
) STRICT;

CREATE TABLE ingests (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    file_name TEXT NOT NULL,
    strike_id INTEGER REFERENCES strikes (id),
    scan_id INTEGER REFERENCES scans (id),
    status TEXT NOT NULL CHECK (status IN ('TRANSFERRING', 'TRANSFERRED', 'QUEUED', 'INGESTING', 'INGESTED', 'ERRORED', 'DEFERRED', 'DUPLICATE')),
    bytes_transferred INTEGER NOT NULL,
    transfer_started INTEGER NOT NULL,
    transfer_ended INTEGER,
    media_type TEXT NOT NULL,
    file_size INTEGER,
    data_types TEXT NOT NULL,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    file_path TEXT NOT NULL,
    new_workspace_id INTEGER REFERENCES workspaces (id),
    new_file_path TEXT NOT NULL,
    job_id INTEGER REFERENCES jobs (id),
    ingest_started INTEGER,
    ingest_ended INTEGER,
    source_file_id INTEGER REFERENCES files (id),
    created INTEGER NOT NULL,
    last_modified INTEGER NOT NULL,
    CHECK ((strike_id IS NULL) <> (scan_id IS NULL))
) STRICT;

-- One file of a strike has one open row, and a place of its own once it is moved; one of a scan has one row.
CREATE UNIQUE INDEX ingests_open ON ingests (strike_id, file_name) WHERE status = 'TRANSFERRING';
CREATE UNIQUE INDEX ingests_moved ON ingests (workspace_id, file_path) WHERE strike_id IS NOT NULL AND file_path <> file_name;
CREATE UNIQUE INDEX ingests_scanned ON ingests (scan_id, file_path) WHERE scan_id IS NOT NULL;
CREATE INDEX ingests_strike ON ingests (strike_id, status);
CREATE INDEX ingests_scan ON ingests (scan_id, status);
CREATE INDEX ingests_status ON ingests (status);
CREATE INDEX ingests_file_name ON ingests (file_name);
CREATE INDEX ingests_job ON ingests (job_id);
CREATE INDEX ingests_source_file ON ingests (source_file_id);
CREATE INDEX ingests_last_modified ON ingests (last_modified);
CREATE INDEX recipes_ingest_event ON recipes (ingest_event_id) WHERE ingest_event_id IS NOT NULL;

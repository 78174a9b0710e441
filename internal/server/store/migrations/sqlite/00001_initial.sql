-- +goose Up
-- Times are microseconds since 1970 in UTC; documents (manifest, definition, input, …) are text,
-- kept as they were written; 0 and 1 are booleans. The same tables and columns are in
-- ../postgres: a test compares them.

CREATE TABLE workspaces (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    base_url TEXT NOT NULL,
    is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    broker TEXT NOT NULL,
    host_path TEXT NOT NULL,
    created INTEGER NOT NULL,
    deprecated INTEGER,
    last_modified INTEGER NOT NULL
) STRICT;

CREATE TABLE job_types (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    docker_image TEXT NOT NULL,
    icon_code TEXT,
    is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    is_paused INTEGER NOT NULL CHECK (is_paused IN (0, 1)),
    is_published INTEGER NOT NULL CHECK (is_published IN (0, 1)),
    max_scheduled INTEGER,
    max_tries INTEGER NOT NULL,
    revision_num INTEGER NOT NULL,
    manifest TEXT NOT NULL,
    configuration TEXT,
    created INTEGER NOT NULL,
    deprecated INTEGER,
    paused INTEGER,
    last_modified INTEGER NOT NULL,
    UNIQUE (name, version)
) STRICT;

CREATE TABLE job_type_revisions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_type_id INTEGER NOT NULL REFERENCES job_types (id),
    revision_num INTEGER NOT NULL,
    docker_image TEXT NOT NULL,
    manifest TEXT NOT NULL,
    created INTEGER NOT NULL,
    UNIQUE (job_type_id, revision_num)
) STRICT;

CREATE TABLE recipe_types (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    revision_num INTEGER NOT NULL,
    definition TEXT NOT NULL,
    created INTEGER NOT NULL,
    deprecated INTEGER,
    last_modified INTEGER NOT NULL
) STRICT;

CREATE TABLE recipe_type_revisions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    recipe_type_id INTEGER NOT NULL REFERENCES recipe_types (id),
    revision_num INTEGER NOT NULL,
    definition TEXT NOT NULL,
    created INTEGER NOT NULL,
    UNIQUE (recipe_type_id, revision_num)
) STRICT;

CREATE TABLE recipe_type_links (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    recipe_type_id INTEGER NOT NULL REFERENCES recipe_types (id),
    job_type_id INTEGER REFERENCES job_types (id),
    sub_recipe_type_id INTEGER REFERENCES recipe_types (id),
    CHECK ((job_type_id IS NULL) <> (sub_recipe_type_id IS NULL))
) STRICT;

CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    type TEXT NOT NULL,
    description TEXT,
    occurred INTEGER NOT NULL
) STRICT;

CREATE TABLE recipes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    recipe_type_id INTEGER NOT NULL REFERENCES recipe_types (id),
    recipe_type_rev_id INTEGER NOT NULL REFERENCES recipe_type_revisions (id),
    event_id INTEGER NOT NULL REFERENCES events (id),
    parent_id INTEGER REFERENCES recipes (id),
    root_id INTEGER NOT NULL REFERENCES recipes (id),
    chain_root_id INTEGER NOT NULL REFERENCES recipes (id),
    superseded_recipe_id INTEGER REFERENCES recipes (id) UNIQUE,
    is_superseded INTEGER NOT NULL CHECK (is_superseded IN (0, 1)),
    superseded INTEGER,
    input TEXT,
    input_processed INTEGER NOT NULL CHECK (input_processed IN (0, 1)),
    input_file_size REAL,
    source_started INTEGER,
    source_ended INTEGER,
    source_sensor_class TEXT,
    source_sensor TEXT,
    source_collection TEXT,
    source_task TEXT,
    configuration TEXT,
    jobs_total INTEGER NOT NULL,
    jobs_pending INTEGER NOT NULL,
    jobs_blocked INTEGER NOT NULL,
    jobs_queued INTEGER NOT NULL,
    jobs_running INTEGER NOT NULL,
    jobs_failed INTEGER NOT NULL,
    jobs_completed INTEGER NOT NULL,
    jobs_canceled INTEGER NOT NULL,
    sub_recipes_total INTEGER NOT NULL,
    sub_recipes_completed INTEGER NOT NULL,
    is_completed INTEGER NOT NULL CHECK (is_completed IN (0, 1)),
    created INTEGER NOT NULL,
    completed INTEGER,
    last_modified INTEGER NOT NULL
) STRICT;

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_type_id INTEGER NOT NULL REFERENCES job_types (id),
    job_type_rev_id INTEGER NOT NULL REFERENCES job_type_revisions (id),
    event_id INTEGER NOT NULL REFERENCES events (id),
    recipe_id INTEGER REFERENCES recipes (id),
    recipe_node TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('PENDING', 'BLOCKED', 'QUEUED', 'RUNNING', 'FAILED', 'COMPLETED', 'CANCELED')),
    priority INTEGER NOT NULL,
    max_tries INTEGER NOT NULL,
    num_exes INTEGER NOT NULL,
    input TEXT,
    output TEXT,
    configuration TEXT,
    input_file_size REAL,
    source_started INTEGER,
    source_ended INTEGER,
    source_sensor_class TEXT,
    source_sensor TEXT,
    source_collection TEXT,
    source_task TEXT,
    superseded_job_id INTEGER REFERENCES jobs (id),
    is_superseded INTEGER NOT NULL CHECK (is_superseded IN (0, 1)),
    superseded INTEGER,
    error_name TEXT NOT NULL,
    error_title TEXT NOT NULL,
    error_description TEXT NOT NULL,
    error_category TEXT NOT NULL,
    node_name TEXT NOT NULL,
    created INTEGER NOT NULL,
    queued INTEGER,
    started INTEGER,
    ended INTEGER,
    last_status_change INTEGER,
    last_modified INTEGER NOT NULL
) STRICT;

CREATE TABLE job_executions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id INTEGER NOT NULL REFERENCES jobs (id),
    exe_num INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('QUEUED', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELED', 'LOST')),
    worker_id TEXT NOT NULL,
    hostname TEXT NOT NULL,
    lease_expires INTEGER,
    cancel_requested INTEGER NOT NULL CHECK (cancel_requested IN (0, 1)),
    timeout INTEGER NOT NULL,
    exit_code INTEGER,
    output TEXT,
    error_name TEXT NOT NULL,
    error_title TEXT NOT NULL,
    error_description TEXT NOT NULL,
    error_category TEXT NOT NULL,
    created INTEGER NOT NULL,
    queued INTEGER NOT NULL,
    started INTEGER,
    ended INTEGER,
    UNIQUE (job_id, exe_num)
) STRICT;

CREATE TABLE job_execution_logs (
    job_exe_id INTEGER NOT NULL REFERENCES job_executions (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    stream TEXT NOT NULL,
    written INTEGER NOT NULL,
    text BLOB NOT NULL,
    PRIMARY KEY (job_exe_id, seq)
) STRICT;

CREATE TABLE conditions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    recipe_id INTEGER NOT NULL REFERENCES recipes (id),
    input TEXT,
    is_processed INTEGER NOT NULL CHECK (is_processed IN (0, 1)),
    is_accepted INTEGER NOT NULL CHECK (is_accepted IN (0, 1)),
    created INTEGER NOT NULL,
    processed INTEGER,
    last_modified INTEGER NOT NULL
) STRICT;

CREATE TABLE recipe_nodes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    recipe_id INTEGER NOT NULL REFERENCES recipes (id),
    node_name TEXT NOT NULL,
    job_id INTEGER REFERENCES jobs (id),
    sub_recipe_id INTEGER REFERENCES recipes (id),
    condition_id INTEGER REFERENCES conditions (id),
    is_original INTEGER NOT NULL CHECK (is_original IN (0, 1)),
    UNIQUE (recipe_id, node_name),
    CHECK ((job_id IS NOT NULL AND sub_recipe_id IS NULL AND condition_id IS NULL)
        OR (job_id IS NULL AND sub_recipe_id IS NOT NULL AND condition_id IS NULL)
        OR (job_id IS NULL AND sub_recipe_id IS NULL AND condition_id IS NOT NULL))
) STRICT;

CREATE TABLE files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    file_name TEXT NOT NULL,
    file_path TEXT NOT NULL,
    file_type TEXT NOT NULL CHECK (file_type IN ('SOURCE', 'PRODUCT')),
    media_type TEXT NOT NULL,
    data_types TEXT,
    file_size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    is_deleted INTEGER NOT NULL CHECK (is_deleted IN (0, 1)),
    created INTEGER NOT NULL,
    deleted INTEGER,
    data_started INTEGER,
    data_ended INTEGER,
    source_started INTEGER,
    source_ended INTEGER,
    source_sensor_class TEXT,
    source_sensor TEXT,
    source_collection TEXT,
    source_task TEXT,
    meta_data TEXT,
    job_id INTEGER REFERENCES jobs (id),
    job_exe_id INTEGER REFERENCES job_executions (id),
    job_output TEXT NOT NULL,
    recipe_id INTEGER REFERENCES recipes (id),
    recipe_node TEXT NOT NULL,
    last_modified INTEGER NOT NULL
) STRICT;

CREATE TABLE recipe_input_files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    recipe_id INTEGER NOT NULL REFERENCES recipes (id),
    file_id INTEGER NOT NULL REFERENCES files (id),
    recipe_input TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    username TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL,
    created INTEGER NOT NULL,
    last_login INTEGER
) STRICT;

CREATE TABLE tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    expires INTEGER,
    last_used INTEGER,
    revoked INTEGER
) STRICT;

CREATE TABLE login_failures (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;

CREATE TABLE settings (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX files_live_path ON files (workspace_id, file_path) WHERE NOT is_deleted;
CREATE INDEX files_file_name ON files (file_name);
CREATE INDEX files_sha256 ON files (sha256);
CREATE INDEX files_job ON files (job_id);
CREATE INDEX files_job_exe ON files (job_exe_id);
CREATE INDEX files_recipe ON files (recipe_id);
CREATE INDEX files_created ON files (created);
CREATE INDEX files_last_modified ON files (last_modified);
CREATE INDEX files_source_started ON files (source_started);
CREATE INDEX files_data_started ON files (data_started);
CREATE INDEX recipe_type_links_recipe_type ON recipe_type_links (recipe_type_id);
CREATE INDEX recipe_type_links_job_type ON recipe_type_links (job_type_id);
CREATE INDEX recipe_type_links_sub_recipe_type ON recipe_type_links (sub_recipe_type_id);
CREATE INDEX recipes_recipe_type ON recipes (recipe_type_id);
CREATE INDEX recipes_recipe_type_rev ON recipes (recipe_type_rev_id);
CREATE INDEX recipes_event ON recipes (event_id);
CREATE INDEX recipes_parent ON recipes (parent_id);
CREATE INDEX recipes_root ON recipes (root_id);
CREATE INDEX recipes_chain_root ON recipes (chain_root_id);
CREATE INDEX recipes_last_modified ON recipes (last_modified);
CREATE INDEX recipes_source_started ON recipes (source_started);
CREATE INDEX recipes_open ON recipes (id) WHERE NOT is_completed;
CREATE INDEX jobs_job_type ON jobs (job_type_id, status);
CREATE INDEX jobs_job_type_rev ON jobs (job_type_rev_id);
CREATE INDEX jobs_event ON jobs (event_id);
CREATE INDEX jobs_recipe ON jobs (recipe_id);
CREATE INDEX jobs_status ON jobs (status);
CREATE INDEX jobs_superseded_job ON jobs (superseded_job_id);
CREATE INDEX jobs_last_modified ON jobs (last_modified);
CREATE INDEX jobs_source_started ON jobs (source_started);
CREATE INDEX job_executions_status_lease ON job_executions (status, lease_expires);
CREATE INDEX conditions_recipe ON conditions (recipe_id);
CREATE INDEX recipe_nodes_job ON recipe_nodes (job_id);
CREATE INDEX recipe_nodes_sub_recipe ON recipe_nodes (sub_recipe_id);
CREATE INDEX recipe_nodes_condition ON recipe_nodes (condition_id);
CREATE INDEX recipe_input_files_recipe ON recipe_input_files (recipe_id, recipe_input);
CREATE INDEX recipe_input_files_file ON recipe_input_files (file_id);
CREATE INDEX tokens_user ON tokens (user_id);
CREATE INDEX login_failures_key_at ON login_failures (key, at);
CREATE INDEX workspaces_last_modified ON workspaces (last_modified);

-- +goose Down
DROP TABLE settings;
DROP TABLE login_failures;
DROP TABLE tokens;
DROP TABLE users;
DROP TABLE recipe_input_files;
DROP TABLE files;
DROP TABLE recipe_nodes;
DROP TABLE conditions;
DROP TABLE job_execution_logs;
DROP TABLE job_executions;
DROP TABLE jobs;
DROP TABLE recipes;
DROP TABLE events;
DROP TABLE recipe_type_links;
DROP TABLE recipe_type_revisions;
DROP TABLE recipe_types;
DROP TABLE job_type_revisions;
DROP TABLE job_types;
DROP TABLE workspaces;

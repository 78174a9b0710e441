-- +goose Up
CREATE TABLE kitchens (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    parent_id INTEGER REFERENCES kitchens (id),
    description TEXT NOT NULL,
    creator TEXT NOT NULL,
    overrides TEXT NOT NULL,
    staff TEXT NOT NULL,
    roles TEXT NOT NULL,
    alerts TEXT NOT NULL,
    extra TEXT NOT NULL,
    created INTEGER NOT NULL,
    last_modified INTEGER NOT NULL
) STRICT;

CREATE TABLE kitchen_recipes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kitchen_id INTEGER NOT NULL REFERENCES kitchens (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    created INTEGER NOT NULL,
    last_modified INTEGER NOT NULL,
    UNIQUE (kitchen_id, name)
) STRICT;

CREATE TABLE kitchen_recipe_files (
    kitchen_recipe_id INTEGER NOT NULL REFERENCES kitchen_recipes (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    contents TEXT NOT NULL,
    sha TEXT NOT NULL,
    last_modified INTEGER NOT NULL,
    PRIMARY KEY (kitchen_recipe_id, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hid TEXT NOT NULL UNIQUE,
    kitchen_id INTEGER NOT NULL REFERENCES kitchens (id),
    recipe_name TEXT NOT NULL,
    variation TEXT NOT NULL,
    parameters TEXT NOT NULL,
    schedule TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    start TEXT NOT NULL,
    expires TEXT NOT NULL,
    max_runs INTEGER NOT NULL,
    input_settings TEXT NOT NULL,
    username TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('ACTIVE_ORDER', 'COMPLETED_ORDER', 'STOPPED_ORDER', 'ORDER_ERROR', 'PAUSED_ORDER')),
    next_fire INTEGER,
    run_count INTEGER NOT NULL,
    created INTEGER NOT NULL,
    ended INTEGER,
    last_modified INTEGER NOT NULL
) STRICT;

CREATE TABLE order_runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hid TEXT NOT NULL UNIQUE,
    order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    scheduled_for INTEGER NOT NULL,
    recipe_id INTEGER REFERENCES recipes (id),
    status TEXT NOT NULL CHECK (status IN ('PLANNED_SERVING', 'ACTIVE_SERVING', 'COMPLETED_SERVING', 'STOPPED_SERVING', 'SERVING_ERROR', 'SERVING_RERAN')),
    variables TEXT NOT NULL,
    error TEXT NOT NULL,
    resumed_by TEXT,
    max_duration INTEGER,
    overdue INTEGER,
    created INTEGER NOT NULL,
    started INTEGER,
    ended INTEGER,
    last_modified INTEGER NOT NULL,
    UNIQUE (order_id, scheduled_for)
) STRICT;

CREATE TABLE alerts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    order_run_id INTEGER NOT NULL REFERENCES order_runs (id) ON DELETE CASCADE,
    event TEXT NOT NULL,
    destination TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('QUEUED', 'DELIVERED', 'FAILED')),
    payload TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    last_error TEXT NOT NULL,
    created INTEGER NOT NULL,
    ended INTEGER,
    UNIQUE (order_run_id, event, destination)
) STRICT;

CREATE INDEX kitchens_parent ON kitchens (parent_id);
CREATE INDEX orders_kitchen ON orders (kitchen_id);
CREATE INDEX orders_due ON orders (next_fire) WHERE next_fire IS NOT NULL;
CREATE INDEX order_runs_recipe ON order_runs (recipe_id);
CREATE INDEX order_runs_overdue ON order_runs (overdue) WHERE overdue IS NOT NULL;

-- +goose Down
DROP TABLE alerts;
DROP TABLE order_runs;
DROP TABLE orders;
DROP TABLE kitchen_recipe_files;
DROP TABLE kitchen_recipes;
DROP TABLE kitchens;

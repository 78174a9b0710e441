-- +goose Up
-- Workers that take jobs, as long as they say so.
CREATE TABLE workers (
    id text PRIMARY KEY,
    hostname text NOT NULL,
    slots integer NOT NULL,
    started timestamptz NOT NULL,
    expires timestamptz NOT NULL
);

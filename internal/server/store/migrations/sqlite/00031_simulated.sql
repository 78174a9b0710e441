-- +goose Up
-- Whether jobs of a recipe were only simulated.
ALTER TABLE recipes ADD COLUMN simulated INTEGER NOT NULL DEFAULT FALSE;

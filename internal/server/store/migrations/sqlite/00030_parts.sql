-- +goose Up
-- Names of the nodes that a recipe is restricted to, which run with those that they need; null: all run.
ALTER TABLE recipes ADD COLUMN part TEXT;

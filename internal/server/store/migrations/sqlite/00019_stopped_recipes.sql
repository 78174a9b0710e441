-- +goose Up
-- Since when nothing new begins in a recipe, because it was stopped.
ALTER TABLE recipes ADD COLUMN stopped INTEGER;

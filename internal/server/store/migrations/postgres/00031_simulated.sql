-- +goose Up
-- Whether jobs of a recipe were only simulated.
ALTER TABLE recipes ADD COLUMN simulated boolean NOT NULL DEFAULT FALSE;

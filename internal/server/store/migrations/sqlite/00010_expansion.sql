-- +goose Up
-- How many nodes a recipe of the revision has with those of its sub-recipes. Rows that
-- are older than the column are counted after the migration: see sizeRevisions.
ALTER TABLE recipe_type_revisions ADD COLUMN expansion INTEGER;

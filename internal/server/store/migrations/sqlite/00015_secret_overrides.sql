-- +goose Up
-- Variables of a kitchen whose values nobody is shown, sealed.
ALTER TABLE kitchens ADD COLUMN secret_overrides TEXT NOT NULL DEFAULT '{}';

-- +goose Up
-- When somebody has last changed an order that was made before (NULL: nobody has), and which of the runs that were due while nobody
-- could start them are made up.
ALTER TABLE orders ADD COLUMN edited INTEGER;
ALTER TABLE orders ADD COLUMN catch_up TEXT NOT NULL DEFAULT 'none';

-- +goose Down
ALTER TABLE orders DROP COLUMN catch_up;
ALTER TABLE orders DROP COLUMN edited;

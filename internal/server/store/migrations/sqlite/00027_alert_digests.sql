-- +goose Up
-- Alerts that are told together: of one group, to one destination. The leader is the alert that
-- is sent for them; one without a leader is its own, or waits for one.
ALTER TABLE alerts ADD COLUMN digest TEXT NOT NULL DEFAULT '';
ALTER TABLE alerts ADD COLUMN leader INTEGER;
CREATE INDEX alerts_digest ON alerts (digest, destination) WHERE status = 'QUEUED' AND digest <> '';
CREATE INDEX alerts_leader ON alerts (leader) WHERE leader IS NOT NULL;

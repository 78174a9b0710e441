package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Setting is the value that all servers share under key, such as the key that they sign
// login tokens with.
func (q Q) Setting(ctx context.Context, key string) (string, error) {
	var value string
	err := q.scan(ctx, &value, "SELECT value FROM settings WHERE key = ?", key)
	if errors.Is(err, sql.ErrNoRows) {
		return "", missing("setting %q", key)
	}
	if err != nil {
		return "", fmt.Errorf("reading setting %q: %w", key, err)
	}
	return value, nil
}

// PutSetting makes value the setting's.
func (q Q) PutSetting(ctx context.Context, key, value string) error {
	_, err := q.exec(ctx, "INSERT INTO settings (key, value) VALUES (?, ?) "+
		"ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value)
	if err != nil {
		return fmt.Errorf("storing setting %q: %w", key, err)
	}
	return nil
}

// InitSetting makes value the setting's unless it has one, and returns the one that it
// has: when several servers start at once, all get the same.
func (q Q) InitSetting(ctx context.Context, key, value string) (string, error) {
	_, err := q.exec(ctx, "INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING", key, value)
	if err != nil {
		return "", fmt.Errorf("storing setting %q: %w", key, err)
	}
	return q.Setting(ctx, key)
}

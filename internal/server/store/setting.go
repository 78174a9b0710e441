package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"
)

// setting is a value that all servers share.
type setting struct {
	bun.BaseModel `bun:"table:settings"`
	Key, Value    string
}

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

// Settings are the values of those settings that have one, as they are at one moment.
func (q Q) Settings(ctx context.Context, keys ...string) (map[string]string, error) {
	return q.settings(ctx, "SELECT key, value FROM settings WHERE key IN (?)", bun.List(keys))
}

// SettingsLike are the settings whose value begins with the prefix.
func (q Q) SettingsLike(ctx context.Context, prefix string) (map[string]string, error) {
	return q.settings(ctx, "SELECT key, value FROM settings WHERE substr(value, 1, ?) = ?", len(prefix), prefix)
}

func (q Q) settings(ctx context.Context, query string, args ...any) (map[string]string, error) {
	var rows []setting
	if err := q.scan(ctx, &rows, query, args...); err != nil {
		return nil, fmt.Errorf("reading settings: %w", err)
	}
	out := make(map[string]string, len(rows))
	for _, row := range rows {
		out[row.Key] = row.Value
	}
	return out, nil
}

// ReplaceSetting puts a value in the place of old, and reports whether that was still there.
func (q Q) ReplaceSetting(ctx context.Context, key, old, value string) (bool, error) {
	n, err := q.exec(ctx, "UPDATE settings SET value = ? WHERE key = ? AND value = ?", value, key, old)
	if err != nil {
		return false, fmt.Errorf("storing setting %q: %w", key, err)
	}
	return n == 1, nil
}

// DeleteSetting removes a setting; one that is not there is no error.
func (q Q) DeleteSetting(ctx context.Context, key string) error {
	if _, err := q.exec(ctx, "DELETE FROM settings WHERE key = ?", key); err != nil {
		return fmt.Errorf("removing setting %q: %w", key, err)
	}
	return nil
}

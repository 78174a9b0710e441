package store

import (
	"context"
	"fmt"
)

// IdempotencyKey is what a user's request with that key has made.
func (q Q) IdempotencyKey(ctx context.Context, username, key string) (IdempotencyKey, error) {
	var row IdempotencyKey
	s := q.selects(&row).Where("ik.username = ? AND ik.key = ?", username, key)
	return one(ctx, s, &row, "idempotency key %q of %q", key, username)
}

// ForgetIdempotencyKeys removes the keys from before that time and says how many.
func (q Q) ForgetIdempotencyKeys(ctx context.Context, before Time) (int64, error) {
	n, err := q.exec(ctx, "DELETE FROM idempotency_keys WHERE created < ?", before)
	if err != nil {
		return 0, fmt.Errorf("forgetting old idempotency keys: %w", err)
	}
	return n, nil
}

package catalog

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// edited runs an edit, together with its key if it has one: see [usecase.Base.Once]. Of an
// edit that was carried out before, read gets the object, and warnings are those of then.
// A repeated edit no longer finds the version that it was for, so the key comes first.
func (c *Catalog) edited(ctx context.Context, key *usecase.IdempotencyKey, kind string, warnings *recipe.Problems, made func() usecase.Made,
	edit func(context.Context, *store.Tx) error, read func(context.Context, *store.Tx, int64) error) error {
	return c.Once(ctx, key, kind, func(ctx context.Context, tx *store.Tx) (usecase.Made, error) {
		err := edit(ctx, tx)
		m := made()
		m.Result = *warnings
		return m, err
	}, func(ctx context.Context, tx *store.Tx, done store.IdempotencyKey) error {
		if err := json.Unmarshal(done.Result, warnings); err != nil {
			return fmt.Errorf("reading what key %q changed: %w", done.Key, err)
		}
		return read(ctx, tx, done.ObjectID)
	})
}

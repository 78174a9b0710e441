package retention

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

const (
	every = time.Hour
	// batch is how much is looked at or removed at a time: each chain in a transaction of its own.
	batch = 100
	// tokenLife is how long tokens that have expired are still listed.
	tokenLife = 24 * time.Hour
)

// Policy says how long things are kept; 0: for ever.
type Policy struct {
	Recipes  time.Duration // since nothing of a recipe, or of what it superseded, has changed
	Logs     time.Duration // since the execution has ended
	Products time.Duration // since a product is not part of its recipe's results any more
}

// Report is what was removed, or would be.
type Report struct {
	Recipes  int `json:"recipes"`  // with those within them
	Jobs     int `json:"jobs"`     // of no recipe
	Products int `json:"products"` // files
	Logs     int `json:"logs"`     // of executions; chunks of text, once they are removed
	Orders   int `json:"orders"`
	Runs     int `json:"runs"` // that did not start
	Tokens   int `json:"tokens"`
}

// String reads as a sentence; nothing is "nothing".
func (r Report) String() string {
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{
		{r.Recipes, "recipes"}, {r.Jobs, "jobs of no recipe"}, {r.Products, "products"}, {r.Logs, "pieces of logs"}, {r.Orders, "orders"},
		{r.Runs, "records of runs that did not start"}, {r.Tokens, "expired tokens"},
	} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}

// Keeper removes what a policy does not keep.
type Keeper struct {
	Store   *store.Store
	Catalog *catalog.Catalog
	Log     *slog.Logger
	Now     func() time.Time
	Policy  Policy
}

// Sweep does so now and then every hour, until ctx ends.
func (k *Keeper) Sweep(ctx context.Context) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		r, err := k.Remove(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			k.Log.WarnContext(ctx, "what is old is kept for now", "error", err, "removed", r.String())
		case r != Report{}:
			k.Log.InfoContext(ctx, "removed what is old: "+r.String())
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// old is the time before which something is too old.
func (k *Keeper) old(kept time.Duration) store.Time { return store.At(k.Now().Add(-kept)) }

// chains, jobs and products list what may go.
func (k *Keeper) chains(ctx context.Context) func(after int64) ([]int64, error) {
	before := k.old(k.Policy.Recipes)
	return func(after int64) ([]int64, error) { return k.Store.ExpiredChains(ctx, before, after, batch) }
}

func (k *Keeper) jobs(ctx context.Context) func(after int64) ([]int64, error) {
	before := k.old(k.Policy.Recipes)
	return func(after int64) ([]int64, error) { return k.Store.ExpiredJobs(ctx, before, after, batch) }
}

func (k *Keeper) products(ctx context.Context) func(after int64) ([]store.File, error) {
	before := k.old(k.Policy.Products)
	return func(after int64) ([]store.File, error) { return k.Store.OldProducts(ctx, before, after, batch) }
}

// Remove removes what is old, in small transactions: whatever dies in between, the next call goes on. One thing
// that cannot be removed keeps no other from it.
func (k *Keeper) Remove(ctx context.Context) (r Report, err error) {
	steps := []func(context.Context, *Report) error{k.removeTokens}
	if k.Policy.Logs > 0 {
		steps = append(steps, k.removeLogs)
	}
	if k.Policy.Products > 0 {
		steps = append(steps, k.removeProducts)
	}
	if k.Policy.Recipes > 0 {
		steps = append(steps, k.removeRecipes, k.removeJobs, k.removeOrders)
	}
	for _, step := range append(steps, k.removeOrphans) {
		err = errors.Join(err, step(ctx, &r))
	}
	return r, err
}

func (k *Keeper) removeTokens(ctx context.Context, r *Report) error {
	n, err := k.Store.DeleteExpiredTokens(ctx, k.old(tokenLife))
	r.Tokens += int(n)
	return err
}

func (k *Keeper) removeLogs(ctx context.Context, r *Report) error {
	for {
		n, err := k.Store.DeleteLogs(ctx, k.old(k.Policy.Logs), batch)
		r.Logs += int(n)
		if err != nil || n == 0 {
			return err
		}
	}
}

func (k *Keeper) removeProducts(ctx context.Context, r *Report) error {
	return eachFile(k.products(ctx), func(f store.File) error {
		err := k.Catalog.PurgeFile(ctx, f.ID)
		if err == nil {
			r.Products++
		}
		return err
	})
}

func (k *Keeper) removeRecipes(ctx context.Context, r *Report) error {
	before := k.old(k.Policy.Recipes)
	return each(k.chains(ctx), func(id int64) error {
		recipes, products, err := k.Store.ChainSize(ctx, id)
		if err != nil {
			return err
		}
		removed := false
		err = k.Store.Tx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			removed, err = tx.DeleteChain(ctx, id, before, store.At(k.Now()))
			return err
		})
		if removed && err == nil {
			r.Recipes, r.Products = r.Recipes+recipes, r.Products+products
		}
		return err
	})
}

func (k *Keeper) removeJobs(ctx context.Context, r *Report) error {
	before := k.old(k.Policy.Recipes)
	return each(k.jobs(ctx), func(id int64) error {
		removed := false
		err := k.Store.Tx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			removed, err = tx.DeleteJob(ctx, id, before, store.At(k.Now()))
			return err
		})
		if removed && err == nil {
			r.Jobs++
		}
		return err
	})
}

func (k *Keeper) removeOrders(ctx context.Context, r *Report) error {
	n, err := k.Store.DeleteSkippedRuns(ctx, k.old(k.Policy.Recipes))
	r.Runs += int(n)
	for err == nil {
		if n, err = k.Store.DeleteEndedOrders(ctx, k.old(k.Policy.Recipes), batch); n == 0 {
			break
		}
		r.Orders += int(n)
	}
	return err
}

// removeOrphans removes the bytes of products whose jobs are gone, and then their rows.
func (k *Keeper) removeOrphans(ctx context.Context, _ *Report) error {
	list := func(after int64) ([]store.File, error) { return k.Store.OrphanProducts(ctx, after, batch) }
	return eachFile(list, func(f store.File) error {
		if err := k.Catalog.RemoveBytes(ctx, f); err != nil {
			return err // of a workspace that another server sees, perhaps
		}
		return k.Store.DeleteFile(ctx, f.ID)
	})
}

// Plan says what Remove would remove.
func (k *Keeper) Plan(ctx context.Context) (r Report, err error) {
	if k.Policy.Logs > 0 {
		if r.Logs, err = k.Store.CountLogs(ctx, k.old(k.Policy.Logs)); err != nil {
			return r, err
		}
	}
	if k.Policy.Products > 0 {
		if err := eachFile(k.products(ctx), func(store.File) error { r.Products++; return nil }); err != nil {
			return r, err
		}
	}
	if k.Policy.Recipes <= 0 {
		return r, nil
	}
	err = each(k.chains(ctx), func(id int64) error {
		recipes, products, err := k.Store.ChainSize(ctx, id)
		r.Recipes, r.Products = r.Recipes+recipes, r.Products+products
		return err
	})
	if err != nil {
		return r, err
	}
	if err := each(k.jobs(ctx), func(int64) error { r.Jobs++; return nil }); err != nil {
		return r, err
	}
	r.Orders, err = k.Store.CountEndedOrders(ctx, k.old(k.Policy.Recipes))
	return r, err
}

// each calls do for all that list gives, batch by batch, and goes on past errors.
func each(list func(after int64) ([]int64, error), do func(id int64) error) (failed error) {
	after := int64(0)
	for {
		ids, err := list(after)
		if err != nil || len(ids) == 0 {
			return errors.Join(failed, err)
		}
		for _, id := range ids {
			failed = errors.Join(failed, do(id))
			after = id
		}
	}
}

// eachFile is each for files.
func eachFile(list func(after int64) ([]store.File, error), do func(store.File) error) error {
	files := map[int64]store.File{}
	return each(func(after int64) (ids []int64, err error) {
		rows, err := list(after)
		for _, f := range rows {
			files[f.ID], ids = f, append(ids, f.ID)
		}
		return ids, err
	}, func(id int64) error {
		defer delete(files, id)
		return do(files[id])
	})
}

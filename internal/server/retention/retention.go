package retention

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
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
	Alerts   time.Duration // since an alert was told or given up, and its run has ended
}

// Report is what was removed, or would be.
type Report struct {
	Recipes  int `json:"recipes"`  // with those within them
	Jobs     int `json:"jobs"`     // of no recipe
	Products int `json:"products"` // files
	Logs     int `json:"logs"`     // of executions; chunks of text, once they are removed
	Alerts   int `json:"alerts"`   // of runs that are kept
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
		{r.Recipes, "recipes"}, {r.Jobs, "jobs of no recipe"}, {r.Products, "products"}, {r.Logs, "pieces of logs"}, {r.Alerts, "alerts"}, {r.Orders, "orders"},
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

// before is the time before which something is too old.
func (k *Keeper) before(kept time.Duration) store.Time { return store.At(k.Now().Add(-kept)) }

// needed is the files that variations of kitchens name: the next run of an order takes them in.
func (k *Keeper) needed(ctx context.Context) (ids []int64, err error) {
	files, err := k.Store.KitchenFilesAt(ctx, order.VariationsFile)
	for _, f := range files {
		read, _ := order.ParseVariations([]byte(f.Contents)) // of what has problems, what there is
		for _, v := range read.List {
			for _, list := range v.InputFiles {
				ids = append(ids, list...)
			}
		}
	}
	return ids, err
}

// chains, jobs and products list what may go.
func (k *Keeper) chains(ctx context.Context, old store.Old) func(after int64) ([]int64, error) {
	return func(after int64) ([]int64, error) { return k.Store.ExpiredChains(ctx, old, after, batch) }
}

func (k *Keeper) jobs(ctx context.Context, old store.Old) func(after int64) ([]int64, error) {
	return func(after int64) ([]int64, error) { return k.Store.ExpiredJobs(ctx, old, after, batch) }
}

func (k *Keeper) products(ctx context.Context, needed []int64) func(after int64) ([]store.File, error) {
	old := store.Old{Before: k.before(k.Policy.Products), Needed: needed}
	return func(after int64) ([]store.File, error) { return k.Store.OldProducts(ctx, old, after, batch) }
}

// Remove removes what is old, in small transactions: whatever dies in between, the next call goes on. One thing
// that cannot be removed keeps no other from it.
func (k *Keeper) Remove(ctx context.Context) (r Report, err error) {
	needed, err := k.needed(ctx)
	if err != nil {
		return r, err
	}
	err = inBatches(&r.Tokens, func() (int64, error) { return k.Store.DeleteExpiredTokens(ctx, k.before(tokenLife), batch) })
	if k.Policy.Logs > 0 {
		err = errors.Join(err, inBatches(&r.Logs, func() (int64, error) { return k.Store.DeleteLogs(ctx, k.before(k.Policy.Logs), batch) }))
	}
	if k.Policy.Alerts > 0 {
		err = errors.Join(err, inBatches(&r.Alerts, func() (int64, error) { return k.Store.DeleteAlerts(ctx, k.before(k.Policy.Alerts), batch) }))
	}
	if k.Policy.Products > 0 {
		err = errors.Join(err, k.removeProducts(ctx, needed, &r))
	}
	if k.Policy.Recipes > 0 {
		old := store.Old{Before: k.before(k.Policy.Recipes), Needed: needed}
		err = errors.Join(err, k.removeRecipes(ctx, old, &r), k.removeJobs(ctx, old, &r),
			inBatches(&r.Runs, func() (int64, error) { return k.Store.DeleteSkippedRuns(ctx, old.Before, batch) }),
			inBatches(&r.Orders, func() (int64, error) { return k.Store.DeleteEndedOrders(ctx, old.Before, batch) }))
	}
	return r, errors.Join(err, k.removeOrphans(ctx))
}

// inBatches calls remove until nothing is left.
func inBatches(removed *int, remove func() (int64, error)) error {
	for {
		n, err := remove()
		*removed += int(n)
		if err != nil || n == 0 {
			return err
		}
	}
}

func (k *Keeper) removeProducts(ctx context.Context, needed []int64, r *Report) error {
	return eachFile(k.products(ctx, needed), func(f store.File) error {
		err := k.Catalog.PurgeFile(ctx, f.ID)
		if err == nil {
			r.Products++
		}
		return err
	})
}

func (k *Keeper) removeRecipes(ctx context.Context, old store.Old, r *Report) error {
	return each(k.chains(ctx, old), func(id int64) error {
		recipes, products, err := k.Store.ChainSize(ctx, id)
		if err != nil {
			return err
		}
		removed := false
		err = k.Store.Tx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			removed, err = tx.DeleteChain(ctx, id, old, store.At(k.Now()))
			return err
		})
		if removed && err == nil {
			r.Recipes, r.Products = r.Recipes+recipes, r.Products+products
		}
		return err
	})
}

func (k *Keeper) removeJobs(ctx context.Context, old store.Old, r *Report) error {
	return each(k.jobs(ctx, old), func(id int64) error {
		removed := false
		err := k.Store.Tx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			removed, err = tx.DeleteJob(ctx, id, old, store.At(k.Now()))
			return err
		})
		if removed && err == nil {
			r.Jobs++
		}
		return err
	})
}

// removeOrphans removes the bytes of products whose jobs are gone, and then their rows.
func (k *Keeper) removeOrphans(ctx context.Context) error {
	list := func(after int64) ([]store.File, error) { return k.Store.OrphanProducts(ctx, after, batch) }
	return eachFile(list, func(f store.File) error {
		if err := k.Catalog.RemoveBytes(ctx, f); err != nil {
			return err // of a workspace that another server sees, perhaps
		}
		if err := k.Store.DeleteFile(ctx, f.ID); err != nil && !errors.Is(err, store.ErrNotFound) { // another server was faster
			return err
		}
		return nil
	})
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

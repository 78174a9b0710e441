package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// Batch makes many recipes: of a data set, or of the recipes of the batch before it.
type Batch struct {
	bun.BaseModel     `bun:"table:batches,alias:b"`
	ID                int64 `bun:",pk,autoincrement"`
	Title             *string
	Description       *string
	RecipeTypeID      int64
	RecipeTypeRevID   int64
	EventID           int64
	RootBatchID       int64 `bun:",nullzero"` // the first of the chain; itself if it is the first
	SupersededBatchID *int64
	DatasetID         *int64 // that its recipes are made of; nil: of the superseded batch
	Definition        JSON   // batch.Definition
	Configuration     JSON   // batch.Configuration
	Username          string // who asked for it
	RecipesEstimated  int64
	RecipesSkipped    int    // that could not be made
	Problem           string // why the first of them could not
	NextID            int64  // what is below has still to be done: a member, or a recipe of the superseded batch
	IsCreationDone    bool
	IsSuperseded      bool
	Superseded        *Time
	Canceled          *Time // since when no more recipes are made
	Created           Time
	LastModified      Time // of the row itself; lists take the recipes into account
}

// BatchFilter is what GET /batches/ can ask for.
type BatchFilter struct {
	Started, Ended *Time // last modified, inclusive
	RecipeTypeIDs  []int64
	RootBatchIDs   []int64
	IsCreationDone *bool
	IsSuperseded   *bool
	Paging         // by last_modified
}

// Batch is the batch with that id.
func (q Q) Batch(ctx context.Context, id int64) (Batch, error) {
	return byID[Batch](ctx, q, id, "batch")
}

// LockBatch is Batch, and no other transaction changes it until this one has ended.
func (q Q) LockBatch(ctx context.Context, id int64) (Batch, error) {
	return lockedByID[Batch](ctx, q, id, "batch")
}

// NewestBatch is the one of a chain that is not superseded; lock keeps others from superseding it.
func (q Q) NewestBatch(ctx context.Context, rootID int64, lock bool) (Batch, error) {
	var row Batch
	s := q.selects(&row).Where("b.root_batch_id = ? AND NOT b.is_superseded", rootID)
	if lock && q.dialect == Postgres {
		s = s.For("UPDATE")
	}
	return one(ctx, s, &row, "batch of the chain that begins with batch %d", rootID)
}

// InsertBatch adds a batch; without a root it is its own.
func (tx *Tx) InsertBatch(ctx context.Context, b *Batch) error {
	if err := tx.Insert(ctx, b); err != nil || b.RootBatchID != 0 {
		return err
	}
	b.RootBatchID = b.ID
	return tx.Update(ctx, b, "root_batch_id")
}

// BatchesByID is the batches with those ids.
func (q Q) BatchesByID(ctx context.Context, ids []int64) (map[int64]Batch, error) {
	return mapByID(ctx, q, ids, func(b *Batch) int64 { return b.ID })
}

// OpenBatches is the ids of the batches that recipes still have to be made of, ascending.
func (q Q) OpenBatches(ctx context.Context) ([]int64, error) {
	var ids []int64
	if err := q.scan(ctx, &ids, "SELECT id FROM batches WHERE NOT is_creation_done ORDER BY id"); err != nil {
		return nil, fmt.Errorf("looking for batches that go on: %w", err)
	}
	return ids, nil
}

// modified is when a batch or one of its recipes was changed last.
func (q Q) modified() string {
	const recipes = "(SELECT max(r.last_modified) FROM recipes AS r WHERE r.batch_id = b.id)"
	if q.dialect == Postgres {
		return "greatest(b.last_modified, " + recipes + ")"
	}
	return "max(b.last_modified, coalesce(" + recipes + ", 0))"
}

// Batches is a page of the batches that f keeps, and how many there are.
func (q Q) Batches(ctx context.Context, f BatchFilter) ([]Batch, int, error) {
	var rows []Batch
	s := whereIn(q.selects(&rows), "b.recipe_type_id", f.RecipeTypeIDs)
	s = whereBetween(s, q.modified(), q.modified(), f.Started, f.Ended)
	s = whereIn(s, "b.root_batch_id", f.RootBatchIDs)
	s = whereIs(s, "b.is_creation_done", f.IsCreationDone)
	s = whereIs(s, "b.is_superseded", f.IsSuperseded)
	keys := map[string]string{
		"last_modified": q.modified(), "description": "lower(" + q.bytewise("b.description") + ")",
		"recipe_type": "b.recipe_type_id", "recipe_type_rev": "b.recipe_type_rev_id", "event": "b.event_id",
		"root_batch": "b.root_batch_id", "superseded_batch": "b.superseded_batch_id",
	}
	for name, sum := range batchSums() {
		keys[name] = "(SELECT " + sum + " FROM recipes AS r WHERE r.batch_id = b.id AND r.parent_id IS NULL)"
	}
	return lists(ctx, q, s, &rows, f.Paging, []Order{{Field: "last_modified"}}, q.withRelations(keys, recipeTypeRelation("b.recipe_type_id"),
		revisionRelation("recipe_type_rev", "recipe_type_revisions", "b.recipe_type_rev_id"), eventRelation("b.event_id")))
}

// batchSums is how the counters of a batch come from its outermost recipes, whose own counters have what is inside of them.
func batchSums() map[string]string {
	out := map[string]string{
		"recipes_total":     "coalesce(sum(1 + r.sub_recipes_total), 0)",
		"recipes_completed": "coalesce(sum(CASE WHEN r.is_completed THEN 1 ELSE 0 END + r.sub_recipes_completed), 0)",
	}
	for _, name := range []string{"jobs_total", "jobs_pending", "jobs_blocked", "jobs_queued", "jobs_running", "jobs_failed", "jobs_completed", "jobs_canceled"} {
		out[name] = "coalesce(sum(r." + name + "), 0)"
	}
	return out
}

// BatchCounts are the counters of a batch.
type BatchCounts struct {
	BatchID          int64
	JobsTotal        int
	JobsPending      int
	JobsBlocked      int
	JobsQueued       int
	JobsRunning      int
	JobsFailed       int
	JobsCompleted    int
	JobsCanceled     int
	RecipesTotal     int64
	RecipesCompleted int64
	Modified         Time // when one of its recipes was changed last
}

// CountBatches is the counters of batches, of those that have recipes.
func (q Q) CountBatches(ctx context.Context, ids []int64) (map[int64]BatchCounts, error) {
	out := make(map[int64]BatchCounts, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	sums := ""
	for name, sum := range batchSums() {
		sums += ", " + sum + " AS " + name
	}
	var rows []BatchCounts
	err := q.scan(ctx, &rows, "SELECT r.batch_id AS batch_id, max(r.last_modified) AS modified"+sums+
		" FROM recipes AS r WHERE r.batch_id IN (?) AND r.parent_id IS NULL GROUP BY r.batch_id", bun.List(ids))
	if err != nil {
		return nil, fmt.Errorf("counting the recipes of %d batches: %w", len(ids), err)
	}
	for _, row := range rows {
		out[row.BatchID] = row
	}
	return out, nil
}

// BatchNodeCount is how many jobs of one status a node of the outermost recipes of a batch has, and how long, in seconds, those
// took that are COMPLETED: from their start to their end, and their last executions alone.
type BatchNodeCount struct {
	BatchID                int64
	NodeName               string
	Status                 string
	Jobs                   int
	MinJob, AvgJob, MaxJob *float64
	MinExe, AvgExe, MaxExe *float64
}

// CountBatchNodes is what the nodes of batches have done.
func (q Q) CountBatchNodes(ctx context.Context, ids []int64) ([]BatchNodeCount, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	took := func(alias string) string {
		if q.dialect == Postgres {
			return "CAST(EXTRACT(EPOCH FROM (" + alias + ".ended - " + alias + ".started)) AS double precision)"
		}
		return "(" + alias + ".ended - " + alias + ".started) / 1e6"
	}
	of := func(alias, name string) string {
		t := "CASE WHEN j.status = 'COMPLETED' THEN " + took(alias) + " END"
		return "min(" + t + ") AS min_" + name + ", avg(" + t + ") AS avg_" + name + ", max(" + t + ") AS max_" + name
	}
	var rows []BatchNodeCount
	err := q.scan(ctx, &rows, "SELECT r.batch_id, n.node_name, j.status, count(*) AS jobs, "+of("j", "job")+", "+of("x", "exe")+
		` FROM recipes AS r JOIN recipe_nodes AS n ON n.recipe_id = r.id JOIN jobs AS j ON j.id = n.job_id
		LEFT JOIN job_executions AS x ON x.job_id = j.id AND x.exe_num = j.num_exes
		WHERE r.batch_id IN (?) AND r.parent_id IS NULL GROUP BY r.batch_id, n.node_name, j.status`, bun.List(ids))
	if err != nil {
		return nil, fmt.Errorf("counting the jobs of %d batches: %w", len(ids), err)
	}
	return rows, nil
}

// BatchRecipesBelow is at most so many outermost recipes of a batch with ids below one, the newest first.
func (q Q) BatchRecipesBelow(ctx context.Context, batchID, below int64, most int) ([]Recipe, error) {
	var rows []Recipe
	s := q.selects(&rows).Where("r.batch_id = ? AND r.parent_id IS NULL AND r.id < ?", batchID, below)
	return all(ctx, q, s.OrderExpr("r.id DESC").Limit(int64(most)), &rows)
}

// OpenBatchRecipes is at most so many recipes of batches that have not ended and are not stopped, above an id, sub-recipes too.
func (q Q) OpenBatchRecipes(ctx context.Context, batchIDs []int64, above int64, most int) ([]int64, error) {
	var ids []int64
	err := q.scan(ctx, &ids, "SELECT id FROM recipes WHERE batch_id IN (?) AND id > ? AND NOT is_completed AND stopped IS NULL ORDER BY id LIMIT ?",
		bun.List(batchIDs), above, most)
	if err != nil {
		return nil, fmt.Errorf("looking for the recipes of %d batches: %w", len(batchIDs), err)
	}
	return ids, nil
}

// NewestOfChains is the recipes of supersede chains that are not superseded, by the chains' first recipes.
func (q Q) NewestOfChains(ctx context.Context, chains []int64) (map[int64]Recipe, error) {
	out := make(map[int64]Recipe, len(chains))
	if len(chains) == 0 {
		return out, nil
	}
	var rows []Recipe
	s := q.selects(&rows).Where("r.chain_root_id IN (?) AND r.parent_id IS NULL AND NOT r.is_superseded", bun.List(chains))
	if _, err := all(ctx, q, s, &rows); err != nil {
		return nil, err
	}
	for _, r := range rows {
		out[r.ChainRootID] = r
	}
	return out, nil
}

// RecipesOfFiles is the outermost recipes of a type that take in one of the files and are not superseded, by id: those of orders
// are left out, as they belong to these.
func (q Q) RecipesOfFiles(ctx context.Context, recipeTypeID int64, fileIDs []int64) ([]Recipe, error) {
	var rows []Recipe
	if len(fileIDs) == 0 {
		return nil, nil
	}
	s := q.selects(&rows).Where("r.recipe_type_id = ? AND r.parent_id IS NULL AND NOT r.is_superseded", recipeTypeID).
		Where("r.id IN (SELECT rif.recipe_id FROM recipe_input_files AS rif WHERE rif.file_id IN (?))", bun.List(fileIDs)).
		Where("NOT EXISTS (SELECT 1 FROM recipes AS c JOIN order_runs AS n ON n.recipe_id = c.id WHERE c.chain_root_id = r.chain_root_id)")
	return all(ctx, q, s.OrderExpr("r.id"), &rows)
}

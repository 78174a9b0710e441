package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"
)

// What is old goes in chains: a recipe with all that it superseded and that superseded it, their
// sub-recipes, jobs, logs, products, and the runs of orders that they were. Parts of a chain refer to
// each other, and nothing else to them, but for what uses a product.

// family is the ids of the recipes of a chain.
const family = `SELECT t.id FROM recipes AS m JOIN recipes AS t ON t.root_id = m.id WHERE m.chain_root_id = c.id AND m.parent_id IS NULL`

// Old says what is too old.
type Old struct {
	Before Time    // nothing of it has changed since
	Needed []int64 // files that stay, beside what rows say: those that kitchens name
}

func (o Old) needed() bun.ListValues { return bun.List(o.Needed) }

// jobInputs is the ids of the files that jobs of no recipe take in, or took: recipe_input_files has those of recipes alone.
func (q Q) jobInputs() string {
	if q.dialect == Postgres {
		return `SELECT CAST(v.id AS bigint) FROM jobs AS u, jsonb_each(CAST(u.input AS jsonb) -> 'files') AS i, jsonb_array_elements_text(i.value) AS v (id)
			WHERE u.recipe_id IS NULL`
	}
	return `SELECT v.value FROM jobs AS u, json_each(u.input, '$.files') AS i, json_each(i.value) AS v WHERE u.recipe_id IS NULL AND u.input IS NOT NULL`
}

// expired is that a chain c may go: nothing of it has changed since a time (?0), runs, waits, or is used, and no
// file of it is needed (?1). The newest run of an order goes only with an order that has ended before that time.
func (q Q) expired() string {
	return expired + `
	AND NOT EXISTS (SELECT 1 FROM files AS f WHERE f.recipe_id IN (` + family + `) AND NOT f.is_deleted AND (f.id IN (?1) OR f.id IN (` + q.jobInputs() + `)))`
}

const expired = `c.id = c.chain_root_id AND c.parent_id IS NULL AND c.last_modified < ?0
	AND NOT EXISTS (SELECT 1 FROM recipes AS y WHERE y.id IN (` + family + `) AND y.last_modified >= ?0)
	AND NOT EXISTS (SELECT 1 FROM jobs AS j WHERE j.recipe_id IN (` + family + `) AND (j.status IN ('QUEUED', 'RUNNING') OR j.last_modified >= ?0))
	AND NOT EXISTS (SELECT 1 FROM files AS f JOIN recipe_input_files AS rif ON rif.file_id = f.id
		WHERE f.recipe_id IN (` + family + `) AND rif.recipe_id NOT IN (` + family + `))
	AND NOT EXISTS (SELECT 1 FROM files AS f JOIN dataset_files AS d ON d.file_id = f.id WHERE f.recipe_id IN (` + family + `))
	AND NOT EXISTS (SELECT 1 FROM order_runs AS n JOIN orders AS o ON o.id = n.order_id WHERE n.recipe_id IN (` + family + `)
		AND (n.ended IS NULL OR (o.ended IS NULL OR o.ended >= ?0) AND n.id = (SELECT max(x.id) FROM order_runs AS x WHERE x.order_id = o.id)))`

// ExpiredChains is the first recipes of chains that may go, with ids above after, the oldest first.
func (q Q) ExpiredChains(ctx context.Context, old Old, after int64, most int) ([]int64, error) {
	var out []int64
	err := q.scan(ctx, &out, "SELECT c.id FROM recipes AS c WHERE c.id > ?2 AND "+q.expired()+" ORDER BY c.id LIMIT ?3", old.Before, old.needed(), after, most)
	if err != nil {
		return nil, fmt.Errorf("looking for old recipes: %w", err)
	}
	return out, nil
}

// ChainSize is how many recipes a chain has, and how many products are not deleted.
func (q Q) ChainSize(ctx context.Context, id int64) (recipes, products int, err error) {
	var n struct{ Recipes, Products int }
	err = q.scan(ctx, &n, "SELECT (SELECT count(*) FROM recipes AS t WHERE t.id IN ("+family+")) AS recipes, "+
		"(SELECT count(*) FROM files AS f WHERE NOT f.is_deleted AND f.recipe_id IN ("+family+")) AS products FROM recipes AS c WHERE c.id = ?", id)
	if err != nil {
		return 0, 0, fmt.Errorf("looking at the chain of recipe %d: %w", id, err)
	}
	return n.Recipes, n.Products, nil
}

// DeleteChain removes a chain if it still may go; false: it may not, or is gone. Its products lose their jobs and are
// deleted: they are OrphanProducts, whose bytes remain.
func (tx *Tx) DeleteChain(ctx context.Context, id int64, old Old, now Time) (bool, error) {
	if _, err := tx.LockRecipe(ctx, id); errors.Is(err, ErrNotFound) { // another server has removed it
		return false, nil
	} else if err != nil { // the lock that whoever changes anything in the chain takes
		return false, err
	}
	var still int
	if err := tx.scan(ctx, &still, "SELECT count(*) FROM recipes AS c WHERE c.id = ?2 AND "+tx.expired(), old.Before, old.needed(), id); err != nil || still == 0 {
		return false, err
	}
	var recipes, events []int64
	if err := tx.scan(ctx, &recipes, "SELECT t.id FROM recipes AS c, recipes AS t WHERE c.id = ? AND t.id IN ("+family+")", id); err != nil {
		return false, err
	}
	in := bun.List(recipes)
	err := tx.scan(ctx, &events, "SELECT event_id FROM recipes WHERE id IN (?0) UNION SELECT event_id FROM jobs WHERE recipe_id IN (?0) "+
		"UNION SELECT ingest_event_id FROM recipes WHERE id IN (?0) AND ingest_event_id IS NOT NULL", in)
	if err != nil {
		return false, err
	}
	const jobs = "(SELECT id FROM jobs WHERE recipe_id IN (?0))"
	return true, tx.each(ctx, []string{
		"DELETE FROM origins WHERE kind = 'order-run' AND object_id IN (SELECT n.id FROM order_runs AS n WHERE n.recipe_id IN (?0))",
		"DELETE FROM order_runs WHERE recipe_id IN (?0)", // with its alerts
		"DELETE FROM recipe_input_files WHERE recipe_id IN (?0)",
		"DELETE FROM recipe_nodes WHERE recipe_id IN (?0)",
		"DELETE FROM conditions WHERE recipe_id IN (?0)",
		"UPDATE files SET is_deleted = ?1, deleted = coalesce(deleted, ?2), recipe_id = NULL, job_id = NULL, job_exe_id = NULL " +
			"WHERE recipe_id IN (?0) OR job_id IN " + jobs,
		"DELETE FROM job_executions WHERE job_id IN " + jobs, // with its log
		"DELETE FROM origins WHERE kind IN ('job', 'job-edit') AND object_id IN " + jobs,
		"DELETE FROM jobs WHERE recipe_id IN (?0)",
		"DELETE FROM origins WHERE kind IN ('recipe', 'reprocess') AND object_id IN (?0)",
		"DELETE FROM recipes WHERE id IN (?0)",
		"DELETE FROM events WHERE id IN (?3) AND NOT EXISTS (SELECT 1 FROM recipes AS r WHERE r.event_id = events.id OR r.ingest_event_id = events.id) " +
			"AND NOT EXISTS (SELECT 1 FROM jobs AS j WHERE j.event_id = events.id) AND NOT EXISTS (SELECT 1 FROM batches AS b WHERE b.event_id = events.id)",
	}, in, true, now, bun.List(events))
}

// each runs statements one after the other.
func (tx *Tx) each(ctx context.Context, statements []string, args ...any) error {
	for _, s := range statements {
		if _, err := tx.exec(ctx, s, args...); err != nil {
			return fmt.Errorf("removing what is old: %w", err)
		}
	}
	return nil
}

// expiredJob is that a job of no recipe may go: it has ended, and nothing uses its products, or needs them (?1).
func (q Q) expiredJob() string {
	return expiredJob + `
	AND NOT EXISTS (SELECT 1 FROM files AS f WHERE f.job_id = j.id AND NOT f.is_deleted AND (f.id IN (?1) OR f.id IN (` + q.jobInputs() + `)))`
}

const expiredJob = `j.recipe_id IS NULL AND j.status IN ('COMPLETED', 'FAILED', 'CANCELED') AND j.last_modified < ?0
	AND NOT EXISTS (SELECT 1 FROM recipe_nodes AS n WHERE n.job_id = j.id)
	AND NOT EXISTS (SELECT 1 FROM strikes AS st WHERE st.job_id = j.id)
	AND NOT EXISTS (SELECT 1 FROM scans AS sc WHERE j.id IN (sc.job_id, sc.dry_run_job_id))
	AND NOT EXISTS (SELECT 1 FROM ingests AS ig WHERE ig.job_id = j.id AND ig.status NOT IN ('INGESTED', 'DUPLICATE', 'DEFERRED'))
	AND NOT EXISTS (SELECT 1 FROM files AS f JOIN recipe_input_files AS rif ON rif.file_id = f.id WHERE f.job_id = j.id)
	AND NOT EXISTS (SELECT 1 FROM files AS f JOIN dataset_files AS d ON d.file_id = f.id WHERE f.job_id = j.id)`

// ExpiredJobs is jobs of no recipe that may go, with ids above after, the oldest first.
func (q Q) ExpiredJobs(ctx context.Context, old Old, after int64, most int) ([]int64, error) {
	var out []int64
	err := q.scan(ctx, &out, "SELECT j.id FROM jobs AS j WHERE j.id > ?2 AND "+q.expiredJob()+" ORDER BY j.id LIMIT ?3", old.Before, old.needed(), after, most)
	if err != nil {
		return nil, fmt.Errorf("looking for old jobs: %w", err)
	}
	return out, nil
}

// DeleteJob removes a job of no recipe as DeleteChain does.
func (tx *Tx) DeleteJob(ctx context.Context, id int64, old Old, now Time) (bool, error) {
	j, err := tx.LockJob(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var still int
	if err := tx.scan(ctx, &still, "SELECT count(*) FROM jobs AS j WHERE j.id = ?2 AND "+tx.expiredJob(), old.Before, old.needed(), id); err != nil || still == 0 {
		return false, err
	}
	return true, tx.each(ctx, []string{
		"UPDATE files SET is_deleted = ?1, deleted = coalesce(deleted, ?2), job_id = NULL, job_exe_id = NULL WHERE job_id = ?0",
		"DELETE FROM job_executions WHERE job_id = ?0",
		"UPDATE ingests SET job_id = NULL WHERE job_id = ?0",
		"DELETE FROM origins WHERE kind IN ('job', 'job-edit') AND object_id = ?0",
		"DELETE FROM jobs WHERE id = ?0",
		"DELETE FROM events WHERE id = ?3 AND NOT EXISTS (SELECT 1 FROM recipes AS r WHERE r.event_id = events.id) " +
			"AND NOT EXISTS (SELECT 1 FROM jobs AS j WHERE j.event_id = events.id) AND NOT EXISTS (SELECT 1 FROM batches AS b WHERE b.event_id = events.id)",
	}, id, true, now, j.EventID)
}

// OrphanProducts is products whose jobs are gone, with ids above after: when their bytes are gone, too, DeleteFile
// removes them.
func (q Q) OrphanProducts(ctx context.Context, after int64, most int) ([]File, error) {
	var rows []File
	s := q.selects(&rows).Where("f.is_deleted AND f.file_type = 'PRODUCT' AND f.job_id IS NULL AND f.recipe_id IS NULL").
		Where("f.id > ?", after).
		Where("NOT EXISTS (SELECT 1 FROM recipe_input_files AS rif WHERE rif.file_id = f.id)")
	return all(ctx, q, s.Order("f.id").Limit(int64(most)), &rows)
}

// DeleteFile removes the row of a file.
func (q Q) DeleteFile(ctx context.Context, id int64) error { return q.deleteByID(ctx, "files", id) }

// OldProducts is products that are not part of the results of their recipes any more, since before a time, and that nothing
// takes in or needs: they may be purged.
func (q Q) OldProducts(ctx context.Context, old Old, after int64, most int) ([]File, error) {
	var rows []File
	s := q.selects(&rows).Where("NOT f.is_deleted AND f.file_type = 'PRODUCT'").
		Where("f.id > ?", after).
		Where("(f.is_superseded AND f.superseded < ? OR f.unpublished < ?)", old.Before, old.Before).
		Where("f.id NOT IN (?)", bun.List(append([]int64{0}, old.Needed...))). // NOT IN (NULL) would keep all
		Where("f.id NOT IN (" + q.jobInputs() + ")").
		Where("NOT EXISTS (SELECT 1 FROM dataset_files AS d WHERE d.file_id = f.id)").
		Where("NOT EXISTS (SELECT 1 FROM recipe_input_files AS rif JOIN recipes AS r ON r.id = rif.recipe_id WHERE rif.file_id = f.id AND NOT r.is_superseded)")
	return all(ctx, q, s.Order("f.id").Limit(int64(most)), &rows)
}

// DeleteLogs removes the logs of at most so many executions that ended before a time, and says of how many.
func (q Q) DeleteLogs(ctx context.Context, before Time, most int) (int64, error) {
	return q.remove(ctx, "logs", "DELETE FROM job_execution_logs WHERE job_exe_id IN (SELECT je.id FROM job_executions AS je "+
		"WHERE je.ended < ? AND EXISTS (SELECT 1 FROM job_execution_logs AS l WHERE l.job_exe_id = je.id) ORDER BY je.id LIMIT ?)", before, most)
}

// CountLogs is how many executions have logs that DeleteLogs would remove.
func (q Q) CountLogs(ctx context.Context, before Time) (int, error) {
	return q.count(ctx, "logs", "job_executions AS je WHERE je.ended < ? "+
		"AND EXISTS (SELECT 1 FROM job_execution_logs AS l WHERE l.job_exe_id = je.id)", before)
}

// oldAlert is that an alert may go: it was told or given up, and nothing can tell of its run again.
const oldAlert = `al.status <> 'QUEUED' AND al.ended < ?0 AND EXISTS (SELECT 1 FROM order_runs AS n WHERE n.id = al.order_run_id AND n.ended < ?0)`

// CountAlerts is how many alerts DeleteAlerts would remove.
func (q Q) CountAlerts(ctx context.Context, before Time) (int, error) {
	return q.count(ctx, "alerts", "alerts AS al WHERE "+oldAlert, before)
}

// DeleteAlerts removes at most so many alerts that ended before a time, as their runs did, and says how many.
func (q Q) DeleteAlerts(ctx context.Context, before Time, most int) (int64, error) {
	return q.remove(ctx, "alerts", "DELETE FROM alerts WHERE id IN (SELECT al.id FROM alerts AS al WHERE "+oldAlert+" ORDER BY al.id LIMIT ?1)", before, most)
}

// count is how many rows of FROM there are.
func (q Q) count(ctx context.Context, what, from string, args ...any) (n int, err error) {
	if err := q.scan(ctx, &n, "SELECT count(*) FROM "+from, args...); err != nil {
		return 0, fmt.Errorf("counting old %s: %w", what, err)
	}
	return n, nil
}

// remove runs a statement, and says how many rows it removed.
func (q Q) remove(ctx context.Context, what, statement string, args ...any) (int64, error) {
	n, err := q.exec(ctx, statement, args...)
	if err != nil {
		return 0, fmt.Errorf("removing old %s: %w", what, err)
	}
	return n, nil
}

// An EndedRun is a run of an order that has ended, or such an order without runs.
type EndedRun struct {
	OrderID int64
	IsOpen  bool   // the run goes on
	Chain   *int64 // of its recipe; nil: it has none
}

// EndedRuns is the runs of at most so many orders that ended before a time, with ids above after.
func (q Q) EndedRuns(ctx context.Context, before Time, after int64, most int) ([]EndedRun, error) {
	var out []EndedRun
	err := q.scan(ctx, &out, `SELECT o.id AS order_id, n.id IS NOT NULL AND n.ended IS NULL AS is_open, r.chain_root_id AS chain
		FROM (SELECT id FROM orders WHERE ended < ? AND id > ? ORDER BY id LIMIT ?) AS o
		LEFT JOIN order_runs AS n ON n.order_id = o.id LEFT JOIN recipes AS r ON r.id = n.recipe_id ORDER BY o.id, n.id`, before, after, most)
	if err != nil {
		return nil, fmt.Errorf("looking for old orders: %w", err)
	}
	return out, nil
}

// endedOrder is that an order may go: it has ended, and no run of it is left.
const endedOrder = `ended < ? AND NOT EXISTS (SELECT 1 FROM order_runs AS n WHERE n.order_id = orders.id AND (n.recipe_id IS NOT NULL OR n.ended IS NULL))`

// DeleteEndedOrders removes at most so many orders that ended before a time and have no recipe left, with their
// runs that could not start, and says how many it were.
func (q Q) DeleteEndedOrders(ctx context.Context, before Time, most int) (int64, error) {
	n, err := q.remove(ctx, "orders", "DELETE FROM orders WHERE id IN (SELECT id FROM orders WHERE "+endedOrder+" ORDER BY id LIMIT ?)", before, most)
	if err != nil || n == 0 {
		return n, err
	}
	_, err = q.remove(ctx, "origins", "DELETE FROM origins WHERE kind = 'order' AND NOT EXISTS (SELECT 1 FROM orders AS o WHERE o.id = origins.object_id)")
	return n, err
}

// failedRun is that the record of a run may go: it could not start, and is not the newest of its order.
const failedRun = `n.recipe_id IS NULL AND n.ended < ?0 AND n.id < (SELECT max(x.id) FROM order_runs AS x WHERE x.order_id = n.order_id)`

// CountSkippedRuns is how many records of runs DeleteSkippedRuns would remove.
func (q Q) CountSkippedRuns(ctx context.Context, before Time) (int, error) {
	return q.count(ctx, "records of runs", "(SELECT 1 AS one FROM skipped_runs WHERE created < ?0 UNION ALL SELECT 1 FROM order_runs AS n WHERE "+failedRun+") AS t", before)
}

// DeleteSkippedRuns removes the records of runs that did not start, or could not, before a time, at most so many of
// each kind; but for the newest run of an order.
func (q Q) DeleteSkippedRuns(ctx context.Context, before Time, most int) (int64, error) {
	skipped, err := q.remove(ctx, "records of runs",
		"DELETE FROM skipped_runs WHERE (order_id, scheduled_for) IN (SELECT order_id, scheduled_for FROM skipped_runs WHERE created < ? ORDER BY created LIMIT ?)", before, most)
	if err != nil {
		return 0, err
	}
	failed, err := q.remove(ctx, "records of runs",
		"DELETE FROM order_runs WHERE id IN (SELECT n.id FROM order_runs AS n WHERE "+failedRun+" ORDER BY n.id LIMIT ?1)", before, most)
	return skipped + failed, err
}

// CountExpiredTokens is how many tokens DeleteExpiredTokens would remove.
func (q Q) CountExpiredTokens(ctx context.Context, before Time) (int, error) {
	return q.count(ctx, "tokens", "tokens WHERE expires < ?", before)
}

// DeleteExpiredTokens removes at most so many tokens that expired before a time.
func (q Q) DeleteExpiredTokens(ctx context.Context, before Time, most int) (int64, error) {
	return q.remove(ctx, "tokens", "DELETE FROM tokens WHERE id IN (SELECT id FROM tokens WHERE expires < ? ORDER BY id LIMIT ?)", before, most)
}

package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// What is old goes in chains: a recipe with all that it superseded and that superseded it, their
// sub-recipes, jobs, logs, products, and the runs of orders that they were. Parts of a chain refer to
// each other, and nothing else to them, but for what uses a product.

// family is the ids of the recipes of a chain.
const family = `SELECT t.id FROM recipes AS m JOIN recipes AS t ON t.root_id = m.id WHERE m.chain_root_id = c.id AND m.parent_id IS NULL`

// expired is that a chain c may go: nothing of it has changed since a time, runs, waits, or is used.
// The newest run of an order goes only with an order that has ended before that time.
const expired = `c.id = c.chain_root_id AND c.parent_id IS NULL AND c.last_modified < ?0
	AND NOT EXISTS (SELECT 1 FROM recipes AS y WHERE y.id IN (` + family + `) AND y.last_modified >= ?0)
	AND NOT EXISTS (SELECT 1 FROM jobs AS j WHERE j.recipe_id IN (` + family + `) AND (j.status IN ('QUEUED', 'RUNNING') OR j.last_modified >= ?0))
	AND NOT EXISTS (SELECT 1 FROM files AS f JOIN recipe_input_files AS rif ON rif.file_id = f.id
		WHERE f.recipe_id IN (` + family + `) AND rif.recipe_id NOT IN (` + family + `))
	AND NOT EXISTS (SELECT 1 FROM order_runs AS n JOIN orders AS o ON o.id = n.order_id WHERE n.recipe_id IN (` + family + `)
		AND (n.ended IS NULL OR (o.ended IS NULL OR o.ended >= ?0) AND n.id = (SELECT max(x.id) FROM order_runs AS x WHERE x.order_id = o.id)))`

// ExpiredChains is the first recipes of chains that may go, with ids above after, the oldest first.
func (q Q) ExpiredChains(ctx context.Context, before Time, after int64, most int) ([]int64, error) {
	var out []int64
	err := q.scan(ctx, &out, "SELECT c.id FROM recipes AS c WHERE c.id > ?1 AND "+expired+" ORDER BY c.id LIMIT ?2", before, after, most)
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

// DeleteChain removes a chain if it still may go; false: it may not. Its products lose their jobs and are
// deleted: they are OrphanProducts, whose bytes remain.
func (tx *Tx) DeleteChain(ctx context.Context, id int64, before, now Time) (bool, error) {
	if _, err := tx.LockRecipe(ctx, id); err != nil { // as whoever changes anything in the chain does
		return false, err
	}
	var still int
	if err := tx.scan(ctx, &still, "SELECT count(*) FROM recipes AS c WHERE c.id = ?1 AND "+expired, before, id); err != nil || still == 0 {
		return false, err
	}
	var recipes, events []int64
	if err := tx.scan(ctx, &recipes, "SELECT t.id FROM recipes AS c, recipes AS t WHERE c.id = ? AND t.id IN ("+family+")", id); err != nil {
		return false, err
	}
	in := bun.List(recipes)
	err := tx.scan(ctx, &events, "SELECT event_id FROM recipes WHERE id IN (?0) UNION SELECT event_id FROM jobs WHERE recipe_id IN (?0)", in)
	if err != nil {
		return false, err
	}
	const jobs = "(SELECT id FROM jobs WHERE recipe_id IN (?0))"
	return true, tx.each(ctx, []string{
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
		"DELETE FROM events WHERE id IN (?3) AND NOT EXISTS (SELECT 1 FROM recipes AS r WHERE r.event_id = events.id) " +
			"AND NOT EXISTS (SELECT 1 FROM jobs AS j WHERE j.event_id = events.id)",
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

// expiredJob is that a job of no recipe may go: it has ended, and nothing uses its products.
const expiredJob = `j.recipe_id IS NULL AND j.status IN ('COMPLETED', 'FAILED', 'CANCELED') AND j.last_modified < ?0
	AND NOT EXISTS (SELECT 1 FROM recipe_nodes AS n WHERE n.job_id = j.id)
	AND NOT EXISTS (SELECT 1 FROM files AS f JOIN recipe_input_files AS rif ON rif.file_id = f.id WHERE f.job_id = j.id)`

// ExpiredJobs is jobs of no recipe that may go, with ids above after, the oldest first.
func (q Q) ExpiredJobs(ctx context.Context, before Time, after int64, most int) ([]int64, error) {
	var out []int64
	err := q.scan(ctx, &out, "SELECT j.id FROM jobs AS j WHERE j.id > ?1 AND "+expiredJob+" ORDER BY j.id LIMIT ?2", before, after, most)
	if err != nil {
		return nil, fmt.Errorf("looking for old jobs: %w", err)
	}
	return out, nil
}

// DeleteJob removes a job of no recipe as DeleteChain does.
func (tx *Tx) DeleteJob(ctx context.Context, id int64, before, now Time) (bool, error) {
	j, err := tx.LockJob(ctx, id)
	if err != nil {
		return false, err
	}
	var still int
	if err := tx.scan(ctx, &still, "SELECT count(*) FROM jobs AS j WHERE j.id = ?1 AND "+expiredJob, before, id); err != nil || still == 0 {
		return false, err
	}
	return true, tx.each(ctx, []string{
		"UPDATE files SET is_deleted = ?1, deleted = coalesce(deleted, ?2), job_id = NULL, job_exe_id = NULL WHERE job_id = ?0",
		"DELETE FROM job_executions WHERE job_id = ?0",
		"DELETE FROM origins WHERE kind IN ('job', 'job-edit') AND object_id = ?0",
		"DELETE FROM jobs WHERE id = ?0",
		"DELETE FROM events WHERE id = ?3 AND NOT EXISTS (SELECT 1 FROM recipes AS r WHERE r.event_id = events.id) " +
			"AND NOT EXISTS (SELECT 1 FROM jobs AS j WHERE j.event_id = events.id)",
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
// takes in: they may be purged.
func (q Q) OldProducts(ctx context.Context, before Time, after int64, most int) ([]File, error) {
	var rows []File
	s := q.selects(&rows).Where("NOT f.is_deleted AND f.file_type = 'PRODUCT'").
		Where("f.id > ?", after).
		Where("(f.is_superseded AND f.superseded < ? OR f.unpublished < ?)", before, before).
		Where("NOT EXISTS (SELECT 1 FROM recipe_input_files AS rif JOIN recipes AS r ON r.id = rif.recipe_id WHERE rif.file_id = f.id AND NOT r.is_superseded)")
	return all(ctx, q, s.Order("f.id").Limit(int64(most)), &rows)
}

// DeleteLogs removes the logs of at most so many executions that ended before a time, and says of how many.
func (q Q) DeleteLogs(ctx context.Context, before Time, most int) (int64, error) {
	n, err := q.exec(ctx, "DELETE FROM job_execution_logs WHERE job_exe_id IN (SELECT je.id FROM job_executions AS je "+
		"WHERE je.ended < ? AND EXISTS (SELECT 1 FROM job_execution_logs AS l WHERE l.job_exe_id = je.id) ORDER BY je.id LIMIT ?)", before, most)
	if err != nil {
		return 0, fmt.Errorf("removing old logs: %w", err)
	}
	return n, nil
}

// CountLogs is how many executions have logs that DeleteLogs would remove.
func (q Q) CountLogs(ctx context.Context, before Time) (int, error) {
	var n int
	err := q.scan(ctx, &n, "SELECT count(*) FROM job_executions AS je WHERE je.ended < ? "+
		"AND EXISTS (SELECT 1 FROM job_execution_logs AS l WHERE l.job_exe_id = je.id)", before)
	if err != nil {
		return 0, fmt.Errorf("counting old logs: %w", err)
	}
	return n, nil
}

// endedOrder is that an order may go: it has ended, and no run of it is left.
const endedOrder = `ended < ? AND NOT EXISTS (SELECT 1 FROM order_runs AS n WHERE n.order_id = orders.id AND (n.recipe_id IS NOT NULL OR n.ended IS NULL))`

// CountEndedOrders is how many orders DeleteEndedOrders would remove.
func (q Q) CountEndedOrders(ctx context.Context, before Time) (int, error) {
	var n int
	if err := q.scan(ctx, &n, "SELECT count(*) FROM orders WHERE "+endedOrder, before); err != nil {
		return 0, fmt.Errorf("counting old orders: %w", err)
	}
	return n, nil
}

// DeleteEndedOrders removes at most so many orders that ended before a time and have no recipe left, with their
// runs that could not start, and says how many it were.
func (q Q) DeleteEndedOrders(ctx context.Context, before Time, most int) (int64, error) {
	n, err := q.exec(ctx, "DELETE FROM orders WHERE id IN (SELECT id FROM orders WHERE "+endedOrder+" ORDER BY id LIMIT ?)", before, most)
	if err != nil {
		return 0, fmt.Errorf("removing old orders: %w", err)
	}
	return n, nil
}

// DeleteSkippedRuns removes the records of runs that did not start, or could not, before a time; but for the
// newest run of an order.
func (q Q) DeleteSkippedRuns(ctx context.Context, before Time) (int64, error) {
	skipped, err := q.exec(ctx, "DELETE FROM skipped_runs WHERE created < ?", before)
	var failed int64
	if err == nil {
		failed, err = q.exec(ctx, "DELETE FROM order_runs WHERE recipe_id IS NULL AND ended < ? "+
			"AND id < (SELECT max(x.id) FROM order_runs AS x WHERE x.order_id = order_runs.order_id)", before)
	}
	if err != nil {
		return 0, fmt.Errorf("removing old records of runs: %w", err)
	}
	return skipped + failed, nil
}

// DeleteExpiredTokens removes tokens that expired before a time.
func (q Q) DeleteExpiredTokens(ctx context.Context, before Time) (int64, error) {
	n, err := q.exec(ctx, "DELETE FROM tokens WHERE expires < ?", before)
	if err != nil {
		return 0, fmt.Errorf("removing expired tokens: %w", err)
	}
	return n, nil
}

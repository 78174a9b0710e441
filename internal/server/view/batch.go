package view

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// BatchBase is a batch as others refer to it.
func BatchBase(b store.Batch) api.BatchBase {
	return api.BatchBase{ID: b.ID, Title: b.Title, Description: b.Description, Created: Time(b.Created)}
}

// batchBase is BatchBase; nil without an id.
func batchBase(rows map[int64]store.Batch, id *int64) *api.BatchBase {
	if id == nil {
		return nil
	}
	row, known := rows[*id]
	if !known {
		return nil
	}
	return new(BatchBase(row))
}

// batchRelated is what the views of some batches need besides their rows.
type batchRelated struct {
	batches   map[int64]store.Batch // the first of their chains, and those that they superseded
	types     map[int64]store.RecipeType
	revisions map[int64]store.RecipeTypeRevision
	events    map[int64]store.Event
	counts    map[int64]store.BatchCounts
}

func (s Views) batchesRelated(ctx context.Context, rows ...store.Batch) (rel batchRelated, err error) {
	ids, others, types, revisions, events := IDSet{}, IDSet{}, IDSet{}, IDSet{}, IDSet{}
	for _, row := range rows {
		ids.Add(&row.ID)
		others.Add(&row.RootBatchID, row.SupersededBatchID)
		types.Add(&row.RecipeTypeID)
		revisions.Add(&row.RecipeTypeRevID)
		events.Add(&row.EventID)
	}
	if rel.batches, err = s.store.BatchesByID(ctx, others.List()); err != nil {
		return rel, err
	}
	if rel.types, err = s.store.RecipeTypesByID(ctx, types.List()); err != nil {
		return rel, err
	}
	if rel.revisions, err = s.store.RecipeTypeRevisionsByID(ctx, revisions.List()); err != nil {
		return rel, err
	}
	if rel.events, err = s.store.EventsByID(ctx, events.List()); err != nil {
		return rel, err
	}
	rel.counts, err = s.store.CountBatches(ctx, ids.List())
	return rel, err
}

func (rel batchRelated) common(row store.Batch, detail bool) api.BatchCommon {
	c := rel.counts[row.ID]
	out := api.BatchCommon{
		BatchBase: BatchBase(row), RecipeType: RecipeTypeBase(rel.types[row.RecipeTypeID]), Event: Event(rel.events[row.EventID], detail),
		IsSuperseded: row.IsSuperseded, RootBatch: BatchBase(rel.batches[row.RootBatchID]),
		SupersededBatch: batchBase(rel.batches, row.SupersededBatchID), IsCreationDone: row.IsCreationDone, JobCounts: batchJobs(c),
		RecipesEstimated: row.RecipesEstimated, RecipesTotal: c.RecipesTotal, RecipesCompleted: c.RecipesCompleted,
		Superseded: TimePtr(row.Superseded), LastModified: Time(row.LastModified),
		RecipesSkipped: row.RecipesSkipped, Problem: row.Problem, Canceled: TimePtr(row.Canceled),
	}
	if c.RecipesTotal > 0 && c.Modified.After(row.LastModified.Time) {
		out.LastModified = Time(c.Modified)
	}
	return out
}

func batchJobs(c store.BatchCounts) api.JobCounts {
	return api.JobCounts{JobsTotal: c.JobsTotal, JobsPending: c.JobsPending, JobsBlocked: c.JobsBlocked, JobsQueued: c.JobsQueued,
		JobsRunning: c.JobsRunning, JobsFailed: c.JobsFailed, JobsCompleted: c.JobsCompleted, JobsCanceled: c.JobsCanceled}
}

// BatchList is batches as a list has them.
func (s Views) BatchList(ctx context.Context, rows []store.Batch) ([]api.Batch, error) {
	rel, err := s.batchesRelated(ctx, rows...)
	if err != nil {
		return nil, err
	}
	out := make([]api.Batch, len(rows))
	for i, row := range rows {
		out[i] = api.Batch{BatchCommon: rel.common(row, false), RecipeTypeRev: RecipeTypeRevRef(rel.revisions[row.RecipeTypeRevID])}
	}
	return out, nil
}

// BatchDetail is one batch with its documents and what its nodes have done.
func (s Views) BatchDetail(ctx context.Context, row store.Batch) (api.BatchDetail, error) {
	rel, err := s.batchesRelated(ctx, row)
	if err != nil {
		return api.BatchDetail{}, err
	}
	rev := rel.revisions[row.RecipeTypeRevID]
	out := api.BatchDetail{BatchCommon: rel.common(row, true), RecipeTypeRev: RecipeTypeRevision(rel.types[row.RecipeTypeID], rev),
		Definition: row.Definition, Configuration: row.Configuration}
	metrics, err := s.batchNodes(ctx, []store.Batch{row}, rel.revisions)
	if err != nil {
		return out, err
	}
	out.JobMetrics = make(map[string]api.BatchJobMetrics, len(metrics[row.ID]))
	for name, m := range metrics[row.ID] {
		out.JobMetrics[name] = m.view()
	}
	return out, nil
}

// nodeMetrics is what the jobs of a node have done; durations are in seconds, of the seed and of the job: least, mean, greatest.
type nodeMetrics struct {
	jobs      api.JobCounts
	durations [6]*float64
}

// batchNodes is an entry for each node of the definition of each batch, by the batch's id.
func (s Views) batchNodes(ctx context.Context, rows []store.Batch, revisions map[int64]store.RecipeTypeRevision) (map[int64]map[string]*nodeMetrics, error) {
	out := make(map[int64]map[string]*nodeMetrics, len(rows))
	ids := make([]int64, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
		var definition recipe.Definition
		if err := json.Unmarshal(revisions[row.RecipeTypeRevID].Definition, &definition); err != nil {
			return nil, fmt.Errorf("reading definition of recipe type revision %d: %w", row.RecipeTypeRevID, err)
		}
		out[row.ID] = make(map[string]*nodeMetrics, len(definition.Nodes))
		for name := range definition.Nodes {
			out[row.ID][name] = &nodeMetrics{}
		}
	}
	counts, err := s.store.CountBatchNodes(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, c := range counts {
		m := out[c.BatchID][c.NodeName]
		if m == nil {
			continue // of an older recipe
		}
		m.jobs.JobsTotal += c.Jobs
		into := map[recipe.JobStatus]*int{recipe.Pending: &m.jobs.JobsPending, recipe.Blocked: &m.jobs.JobsBlocked, recipe.Queued: &m.jobs.JobsQueued,
			recipe.Running: &m.jobs.JobsRunning, recipe.Failed: &m.jobs.JobsFailed, recipe.Completed: &m.jobs.JobsCompleted, recipe.Canceled: &m.jobs.JobsCanceled}
		if n := into[recipe.JobStatus(c.Status)]; n != nil {
			*n += c.Jobs
		}
		if recipe.JobStatus(c.Status) == recipe.Completed {
			m.durations = [6]*float64{c.MinExe, c.AvgExe, c.MaxExe, c.MinJob, c.AvgJob, c.MaxJob}
		}
	}
	return out, nil
}

func (m *nodeMetrics) view() api.BatchJobMetrics {
	var texts [6]*string
	for i, d := range m.durations {
		if d != nil && *d != 0 {
			texts[i] = new(duration(*d))
		}
	}
	return api.BatchJobMetrics{JobCounts: m.jobs, MinSeedDuration: texts[0], AvgSeedDuration: texts[1], MaxSeedDuration: texts[2],
		MinJobDuration: texts[3], AvgJobDuration: texts[4], MaxJobDuration: texts[5]}
}

// duration writes seconds as ISO 8601 does, rounded to whole ones.
func duration(seconds float64) string {
	whole := int64(math.Floor(seconds))
	var b strings.Builder
	b.WriteString("P")
	if days := whole / 86400; days > 0 {
		fmt.Fprintf(&b, "%dD", days)
	}
	b.WriteString("T")
	if hours := whole / 3600 % 24; hours > 0 {
		fmt.Fprintf(&b, "%dH", hours)
	}
	if minutes := whole / 60 % 60; minutes > 0 {
		fmt.Fprintf(&b, "%dM", minutes)
	}
	fmt.Fprintf(&b, "%dS", int64(math.Round(seconds-float64(whole-whole%60))))
	return b.String()
}

// BatchComparison sets batches side by side; null stands for a node that a batch does not have.
func (s Views) BatchComparison(ctx context.Context, rows []store.Batch) (api.BatchComparison, error) {
	out := api.BatchComparison{Batches: []api.BatchBase{}, Metrics: map[string]any{}}
	rel, err := s.batchesRelated(ctx, rows...)
	if err != nil {
		return out, err
	}
	nodes, err := s.batchNodes(ctx, rows, rel.revisions)
	if err != nil {
		return out, err
	}
	lists := map[string][]any{"recipes_estimated": {}, "recipes_total": {}, "recipes_completed": {}}
	for name := range countsByName(api.JobCounts{}) {
		lists[name] = []any{}
	}
	var names []string
	for _, row := range rows {
		c := rel.counts[row.ID]
		out.Batches = append(out.Batches, BatchBase(row))
		lists["recipes_estimated"] = append(lists["recipes_estimated"], row.RecipesEstimated)
		lists["recipes_total"] = append(lists["recipes_total"], c.RecipesTotal)
		lists["recipes_completed"] = append(lists["recipes_completed"], c.RecipesCompleted)
		for name, n := range countsByName(batchJobs(c)) {
			lists[name] = append(lists[name], n)
		}
		for name := range nodes[row.ID] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	metrics := map[string]map[string][]any{}
	for _, name := range slices.Compact(names) {
		metrics[name] = map[string][]any{}
		for _, row := range rows {
			for metric, value := range nodes[row.ID][name].compared() {
				metrics[name][metric] = append(metrics[name][metric], value)
			}
		}
	}
	for name, list := range lists {
		out.Metrics[name] = list
	}
	out.Metrics["job_metrics"] = metrics
	return out, nil
}

// compared is the values of a node by the names of the wire; all null where there is no node.
func (m *nodeMetrics) compared() map[string]any {
	durations := []string{"min_seed_duration", "avg_seed_duration", "max_seed_duration", "min_job_duration", "avg_job_duration", "max_job_duration"}
	out := map[string]any{}
	for i, name := range durations {
		out[name] = nil
		if m != nil && m.durations[i] != nil {
			out[name] = duration(*m.durations[i])
		}
	}
	counts := api.JobCounts{}
	if m != nil {
		counts = m.jobs
	}
	for name, n := range countsByName(counts) {
		out[name] = nil
		if m != nil {
			out[name] = n
		}
	}
	return out
}

func countsByName(c api.JobCounts) map[string]int {
	return map[string]int{"jobs_total": c.JobsTotal, "jobs_pending": c.JobsPending, "jobs_blocked": c.JobsBlocked, "jobs_queued": c.JobsQueued,
		"jobs_running": c.JobsRunning, "jobs_failed": c.JobsFailed, "jobs_completed": c.JobsCompleted, "jobs_canceled": c.JobsCanceled}
}

package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"
)

// JobFilter is what GET /jobs/ and POST /jobs/cancel/ can ask for (contract 1.4).
type JobFilter struct {
	Started, Ended  *Time // last modified, inclusive
	JobIDs          []int64
	Statuses        []string
	JobTypeIDs      []int64
	JobTypeNames    []string
	BatchIDs        []int64
	RecipeIDs       []int64 // recipes with a node that stands for the job
	InputFile       int64   // that the job takes in; 0: any
	ErrorCategories []string
	ErrorNames      []string
	IsSuperseded    *bool
	Kitchens        KitchenFilter
	SourceFilter
	Paging // by last_modified; beyond the columns: duration, job_type, node
}

// Job is the job with that id.
func (q Q) Job(ctx context.Context, id int64) (Job, error) { return byID[Job](ctx, q, id, "job") }

// LockJob is Job, and no other transaction changes it until this one has ended.
func (q Q) LockJob(ctx context.Context, id int64) (Job, error) {
	return lockedByID[Job](ctx, q, id, "job")
}

// JobsByID is the jobs with those ids.
func (q Q) JobsByID(ctx context.Context, ids []int64) (map[int64]Job, error) {
	return mapByID(ctx, q, ids, func(j *Job) int64 { return j.ID })
}

// JobSupersededBy is the newest job that replaced the one with that id; nil if there is none.
func (q Q) JobSupersededBy(ctx context.Context, jobID int64) (*Job, error) {
	var row Job
	_, err := one(ctx, q.selects(&row).Where("j.superseded_job_id = ?", jobID).OrderExpr("j.id DESC"), &row,
		"job that superseded job %d", jobID)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &row, nil
}

// Jobs is a page of the jobs that f keeps, and how many there are.
func (q Q) Jobs(ctx context.Context, f JobFilter) ([]Job, int, error) {
	var rows []Job
	s := f.where(q, q.selects(&rows))
	return lists(ctx, q, s, &rows, f.Paging, []Order{{Field: "last_modified"}}, q.withRelations(map[string]string{
		"duration": "(j.ended - j.started)", "node": q.bytewise("j.node_name"), "recipe": "j.recipe_id",
		"event": "j.event_id", "batch": "j.batch_id", "job_type_rev": "j.job_type_rev_id", "superseded_job": "j.superseded_job_id",
		"job_type": "(SELECT lower(" + q.bytewise("x.name") + ") || ' ' || " + q.bytewise("x.version") +
			" FROM job_types x WHERE x.id = j.job_type_id)",
	}, jobTypeRelation("j.job_type_id"), revisionRelation("job_type_rev", "job_type_revisions", "j.job_type_rev_id"),
		eventRelation("j.event_id")))
}

// JobIDs is the ids of all jobs that f keeps, ascending; its paging does not matter.
func (q Q) JobIDs(ctx context.Context, f JobFilter) ([]int64, error) {
	var ids []int64
	s := f.where(q, q.selects((*Job)(nil))).ColumnExpr("j.id").OrderExpr("j.id")
	if err := s.Scan(ctx, &ids); err != nil {
		return nil, fmt.Errorf("reading the ids of jobs: %w", err)
	}
	return ids, nil
}

// OnlyBatches tells whether f keeps all jobs of the batches that it names. None of them is of a kitchen.
func (f JobFilter) OnlyBatches() bool {
	asRecipes := f
	asRecipes.BatchIDs, asRecipes.RecipeIDs, asRecipes.Kitchens.NotIn = nil, f.BatchIDs, nil
	return len(f.RecipeIDs) == 0 && asRecipes.OnlyRecipes()
}

// OnlyRecipes tells whether f keeps all jobs of the recipes that it names.
func (f JobFilter) OnlyRecipes() bool {
	for _, ids := range [][]int64{f.JobIDs, f.JobTypeIDs, f.BatchIDs, f.Kitchens.In, f.Kitchens.NotIn} {
		if len(ids) > 0 {
			return false
		}
	}
	for _, texts := range [][]string{f.Statuses, f.JobTypeNames, f.ErrorCategories, f.ErrorNames, f.SourceSensorClasses, f.SourceSensors, f.SourceCollections, f.SourceTasks} {
		if len(texts) > 0 {
			return false
		}
	}
	return len(f.RecipeIDs) > 0 && f.InputFile == 0 && f.Started == nil && f.Ended == nil && f.IsSuperseded == nil && f.SourceStarted == nil && f.SourceEnded == nil
}

func (f JobFilter) where(q Q, s *bun.SelectQuery) *bun.SelectQuery {
	if f.InputFile != 0 {
		s = s.Where(q.jobsWithFile(), f.InputFile)
	}
	s = whereIn(s, "j.id", f.JobIDs)
	s = whereBetween(s, "j.last_modified", "j.last_modified", f.Started, f.Ended)
	s = whereIn(s, "j.status", f.Statuses)
	s = whereIn(s, "j.job_type_id", f.JobTypeIDs)
	s = whereIn(s, "j.error_category", f.ErrorCategories)
	s = whereIn(s, "j.error_name", f.ErrorNames)
	s = whereIs(s, "j.is_superseded", f.IsSuperseded)
	s = f.Kitchens.where(s, "j.recipe_id")
	s = f.SourceFilter.where(s, "j")
	if len(f.JobTypeNames) > 0 {
		s = s.Where("j.job_type_id IN (SELECT id FROM job_types WHERE name IN (?))", bun.List(f.JobTypeNames))
	}
	s = whereIn(s, "j.batch_id", f.BatchIDs)
	if len(f.RecipeIDs) > 0 {
		s = s.Where("(j.recipe_id IN (?0) OR j.id IN (SELECT job_id FROM recipe_nodes WHERE recipe_id IN (?0)))",
			bun.List(f.RecipeIDs))
	}
	return s
}

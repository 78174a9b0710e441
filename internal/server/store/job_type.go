package store

import (
	"context"
	"fmt"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/uptrace/bun"
)

// JobTypeFilter is what GET /job-types/ can ask for (contract 1.3).
type JobTypeFilter struct {
	Keywords []string // part of name, title or description, regardless of ASCII case
	IDs      []int64
	Names    []string
	IsActive *bool
	IsSystem *bool
	Paging   // by name, then version
}

// JobType is the job type with that id.
func (q Q) JobType(ctx context.Context, id int64) (JobType, error) {
	return byID[JobType](ctx, q, id, "job type")
}

// JobTypeByName is the job type with that name and version.
func (q Q) JobTypeByName(ctx context.Context, name, version string) (JobType, error) {
	var row JobType
	s := q.selects(&row).Where("jt.name = ? AND jt.version = ?", name, version)
	return one(ctx, s, &row, "job type %q version %q", name, version)
}

// JobTypes is a page of the job types that f keeps, and how many there are.
func (q Q) JobTypes(ctx context.Context, f JobTypeFilter) ([]JobType, int, error) {
	var rows []JobType
	s := q.whereKeywords(q.selects(&rows), f.Keywords, "jt.name", "jt.title", "jt.description")
	s = whereIn(s, "jt.id", f.IDs)
	s = whereIn(s, "jt.name", f.Names)
	s = whereIs(s, "jt.is_active", f.IsActive)
	s = whereIs(s, "jt.is_system", f.IsSystem)
	return lists(ctx, q, s, &rows, f.Paging, []Order{{Field: "name"}, {Field: "version"}}, nil)
}

// JobTypesByID is the job types with those ids.
func (q Q) JobTypesByID(ctx context.Context, ids []int64) (map[int64]JobType, error) {
	return mapByID(ctx, q, ids, func(t *JobType) int64 { return t.ID })
}

// JobTypeRevision is revision num of a job type.
func (q Q) JobTypeRevision(ctx context.Context, jobTypeID int64, num int) (JobTypeRevision, error) {
	var row JobTypeRevision
	s := q.selects(&row).Where("jtr.job_type_id = ? AND jtr.revision_num = ?", jobTypeID, num)
	return one(ctx, s, &row, "revision %d of job type %d", num, jobTypeID)
}

// JobTypeRevisionByID is the revision with that id, whatever its job type.
func (q Q) JobTypeRevisionByID(ctx context.Context, id int64) (JobTypeRevision, error) {
	return byID[JobTypeRevision](ctx, q, id, "job type revision with id")
}

// JobTypeRevisionsByID is the revisions with those ids.
func (q Q) JobTypeRevisionsByID(ctx context.Context, ids []int64) (map[int64]JobTypeRevision, error) {
	return mapByID(ctx, q, ids, func(r *JobTypeRevision) int64 { return r.ID })
}

// An Extent tells whether rows that never change have become more.
type Extent struct {
	Count int
	Last  int64 // the greatest id
}

// JobTypeRevisionExtent is that of the revisions of all job types.
func (q Q) JobTypeRevisionExtent(ctx context.Context) (Extent, error) {
	var e Extent
	if err := q.scan(ctx, &e, "SELECT count(*) AS count, coalesce(max(id), 0) AS last FROM job_type_revisions"); err != nil {
		return e, fmt.Errorf("counting revisions of job types: %w", err)
	}
	return e, nil
}

// EachJobTypeRevision gives all revisions of all job types to do, some at a time, by id.
func (q Q) EachJobTypeRevision(ctx context.Context, do func(JobTypeRevision) error) error {
	const batch = 200
	for after := int64(0); ; {
		var rows []JobTypeRevision
		if err := q.selects(&rows).Where("jtr.id > ?", after).Order("jtr.id").Limit(batch).Scan(ctx); err != nil {
			return fmt.Errorf("reading revisions of job types: %w", err)
		}
		for _, row := range rows {
			if err := do(row); err != nil {
				return err
			}
			after = row.ID
		}
		if len(rows) < batch {
			return nil
		}
	}
}

// JobTypeRevisions is a page of a job type's revisions, newest first, and how many there are.
func (q Q) JobTypeRevisions(ctx context.Context, jobTypeID int64, p Paging) ([]JobTypeRevision, int, error) {
	var rows []JobTypeRevision
	s := q.selects(&rows).Where("jtr.job_type_id = ?", jobTypeID)
	return lists(ctx, q, s, &rows, p, []Order{{Field: "revision_num", Desc: true}}, nil)
}

// JobTypeRevisionsFor is the revisions that refs name; those that don't exist are not in it, and those of
// system job types, as no node of a recipe can have them.
func (q Q) JobTypeRevisionsFor(ctx context.Context, refs []recipe.JobRef) (map[recipe.JobRef]JobTypeRevision, error) {
	found := make(map[recipe.JobRef]JobTypeRevision, len(refs))
	if len(refs) == 0 {
		return found, nil
	}
	var rows []struct {
		JobTypeRevision `bun:",extend"`
		Name            string
		Version         string
	}
	s := q.selects(&rows).ExcludeColumn("name", "version").ColumnExpr("jt.name, jt.version").
		Join("JOIN job_types AS jt ON jt.id = jtr.job_type_id").Where("NOT jt.is_system").
		WhereGroup(" AND ", func(s *bun.SelectQuery) *bun.SelectQuery {
			for _, ref := range refs {
				s = s.WhereOr("(jt.name = ? AND jt.version = ? AND jtr.revision_num = ?)", ref.Name, ref.Version,
					ref.Revision)
			}
			return s
		})
	if _, err := all(ctx, q, s, &rows); err != nil {
		return nil, err
	}
	for _, row := range rows {
		found[recipe.JobRef{Name: row.Name, Version: row.Version, Revision: row.RevisionNum}] = row.JobTypeRevision
	}
	return found, nil
}

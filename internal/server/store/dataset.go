package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// Dataset is a set of inputs for recipes.
type Dataset struct {
	bun.BaseModel `bun:"table:datasets,alias:ds"`
	ID            int64 `bun:",pk,autoincrement"`
	Title         *string
	Description   *string
	Definition    JSON // batch.Dataset
	Created       Time
}

// DatasetMember is one of the inputs of a data set.
type DatasetMember struct {
	bun.BaseModel `bun:"table:dataset_members,alias:dm"`
	ID            int64 `bun:",pk,autoincrement"`
	DatasetID     int64
	Data          JSON   // recipe.Data
	Digest        string // of Data: members that give the same have the same
	Created       Time
}

// DatasetFile is a file of a data set, once for both, with the parameter that it had first.
type DatasetFile struct {
	bun.BaseModel `bun:"table:dataset_files,alias:df"`
	ID            int64 `bun:",pk,autoincrement"`
	DatasetID     int64
	FileID        int64
	ParameterName string
}

// DatasetFilter is what GET /datasets/ can ask for.
type DatasetFilter struct {
	IDs            []int64
	Keywords       []string // any of them, in title or description
	Started, Ended *Time    // created, inclusive
	Paging                  // by id
}

// Dataset is the data set with that id.
func (q Q) Dataset(ctx context.Context, id int64) (Dataset, error) {
	return byID[Dataset](ctx, q, id, "data set")
}

// LockDataset is Dataset, and no other transaction adds members to it until this one has ended.
func (q Q) LockDataset(ctx context.Context, id int64) (Dataset, error) {
	return lockedByID[Dataset](ctx, q, id, "data set")
}

// Datasets is a page of the data sets that f keeps, and how many there are.
func (q Q) Datasets(ctx context.Context, f DatasetFilter) ([]Dataset, int, error) {
	var rows []Dataset
	s := whereIn(q.selects(&rows), "ds.id", f.IDs)
	s = whereBetween(s, "ds.created", "ds.created", f.Started, f.Ended)
	s = q.whereKeywords(s, f.Keywords, "ds.title", "ds.description")
	return lists(ctx, q, s, &rows, f.Paging, []Order{{Field: "id"}}, map[string]string{"description": "lower(" + q.bytewise("ds.description") + ")"})
}

// CountDatasetFiles is how many files data sets have; those that have none are not in it.
func (q Q) CountDatasetFiles(ctx context.Context, ids []int64) (map[int64]int, error) {
	var rows []struct {
		DatasetID int64
		N         int
	}
	out := make(map[int64]int, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	err := q.scan(ctx, &rows, "SELECT dataset_id, count(*) AS n FROM dataset_files WHERE dataset_id IN (?) GROUP BY dataset_id", bun.List(ids))
	if err != nil {
		return nil, fmt.Errorf("counting the files of %d data sets: %w", len(ids), err)
	}
	for _, row := range rows {
		out[row.DatasetID] = row.N
	}
	return out, nil
}

// DatasetFiles is the files of a data set, in the order they were added.
func (q Q) DatasetFiles(ctx context.Context, datasetID int64) ([]DatasetFile, error) {
	var rows []DatasetFile
	return all(ctx, q, q.selects(&rows).Where("df.dataset_id = ?", datasetID).OrderExpr("df.id"), &rows)
}

// AddDatasetFiles adds files to a data set; those that it has already stay as they are.
func (q Q) AddDatasetFiles(ctx context.Context, rows []DatasetFile) error {
	if len(rows) == 0 {
		return nil
	}
	if _, err := q.bun.NewInsert().Conn(q.write).Model(&rows).On("CONFLICT (dataset_id, file_id) DO NOTHING").Returning("NULL").Exec(ctx); err != nil {
		return fmt.Errorf("adding %d files to a data set: %w", len(rows), err)
	}
	return nil
}

// DatasetMember is the member with that id.
func (q Q) DatasetMember(ctx context.Context, id int64) (DatasetMember, error) {
	return byID[DatasetMember](ctx, q, id, "member of a data set with id")
}

// DatasetMembers is a page of the members of a data set by id, and how many there are.
func (q Q) DatasetMembers(ctx context.Context, datasetID int64, p Paging) ([]DatasetMember, int, error) {
	var rows []DatasetMember
	p.Order = nil
	return lists(ctx, q, q.selects(&rows).Where("dm.dataset_id = ?", datasetID), &rows, p, []Order{{Field: "id"}}, nil)
}

// MembersBelow is at most so many members of a data set with ids below one, the newest first; of those that give the same the
// first one only.
func (q Q) MembersBelow(ctx context.Context, datasetID, below int64, most int) ([]DatasetMember, error) {
	var rows []DatasetMember
	s := q.selects(&rows).Where("dm.dataset_id = ? AND dm.id < ?", datasetID, below).
		Where("NOT EXISTS (SELECT 1 FROM dataset_members AS x WHERE x.dataset_id = dm.dataset_id AND x.digest = dm.digest AND x.id < dm.id)")
	return all(ctx, q, s.OrderExpr("dm.id DESC").Limit(int64(most)), &rows)
}

// DatasetMembersByID is the members with those ids.
func (q Q) DatasetMembersByID(ctx context.Context, ids []int64) (map[int64]DatasetMember, error) {
	return mapByID(ctx, q, ids, func(m *DatasetMember) int64 { return m.ID })
}

// CountMembers is how many members a data set has.
func (q Q) CountMembers(ctx context.Context, datasetID int64) (int64, error) {
	n, err := q.selects((*DatasetMember)(nil)).Where("dm.dataset_id = ?", datasetID).Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("counting the members of data set %d: %w", datasetID, err)
	}
	return n, nil
}

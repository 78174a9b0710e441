package store

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/uptrace/bun"
)

// SourceFilter is the filter of the roll-up columns that files, jobs and recipes share.
type SourceFilter struct {
	SourceStarted       *Time // source_started is this or later
	SourceEnded         *Time // source_ended is this or earlier
	SourceSensorClasses []string
	SourceSensors       []string
	SourceCollections   []string
	SourceTasks         []string
}

func (f SourceFilter) where(s *bun.SelectQuery, alias string) *bun.SelectQuery {
	s = whereBetween(s, alias+".source_started", alias+".source_ended", f.SourceStarted, f.SourceEnded)
	s = whereIn(s, alias+".source_sensor_class", f.SourceSensorClasses)
	s = whereIn(s, alias+".source_sensor", f.SourceSensors)
	s = whereIn(s, alias+".source_collection", f.SourceCollections)
	return whereIn(s, alias+".source_task", f.SourceTasks)
}

// FileFilter is what GET /files/ can ask for (contract 1.5).
type FileFilter struct {
	FileIDs       []int64
	WorkspaceIDs  []int64
	FileTypes     []string // SOURCE, PRODUCT
	MediaTypes    []string
	FileNames     []string
	FilePaths     []string
	PathPrefix    string // how the path begins
	NameSearch    string // part of the file's name, regardless of ASCII case
	SHA256s       []string
	IsDeleted     *bool
	JobTypeIDs    []int64 // of the job that made it
	JobTypeNames  []string
	JobIDs        []int64
	JobOutputs    []string
	RecipeIDs     []int64
	RecipeTypeIDs []int64
	RecipeNodes   []string
	BatchIDs      []int64 // of the job that made it
	Kitchens      KitchenFilter

	DataStarted, DataEnded         *Time // data_started, data_ended
	CreatedStarted, CreatedEnded   *Time // created
	ModifiedStarted, ModifiedEnded *Time // last_modified
	SourceFilter
	Paging // by last_modified
}

// File is the file with that id.
func (q Q) File(ctx context.Context, id int64) (File, error) { return byID[File](ctx, q, id, "file") }

// LockFile is File, and no other transaction changes it until this one has ended.
func (q Q) LockFile(ctx context.Context, id int64) (File, error) {
	return lockedByID[File](ctx, q, id, "file")
}

// FileByPath is the file of a workspace with that path that isn't deleted.
func (q Q) FileByPath(ctx context.Context, workspaceID int64, path string) (File, error) {
	var row File
	s := q.selects(&row).Where("f.workspace_id = ? AND f.file_path = ? AND NOT f.is_deleted", workspaceID, path)
	return one(ctx, s, &row, "file %q of workspace %d", path, workspaceID)
}

// FilesByID is the files with those ids, deleted ones too.
func (q Q) FilesByID(ctx context.Context, ids []int64) (map[int64]File, error) {
	return mapByID(ctx, q, ids, func(f *File) int64 { return f.ID })
}

// Files is a page of the files that f keeps, and how many there are.
func (q Q) Files(ctx context.Context, f FileFilter) ([]File, int, error) {
	var rows []File
	s := whereIn(q.selects(&rows), "f.id", f.FileIDs)
	s = whereIn(s, "f.workspace_id", f.WorkspaceIDs)
	s = whereIn(s, "f.file_type", f.FileTypes)
	s = whereIn(s, "f.media_type", f.MediaTypes)
	s = whereIn(s, "f.file_name", f.FileNames)
	s = whereIn(s, "f.file_path", f.FilePaths)
	if f.PathPrefix != "" {
		s = s.Where("substr(f.file_path, 1, ?) = ?", utf8.RuneCountInString(f.PathPrefix), f.PathPrefix)
	}
	s = whereIn(s, "f.sha256", f.SHA256s)
	s = whereIs(s, "f.is_deleted", f.IsDeleted)
	s = whereIn(s, "f.job_id", f.JobIDs)
	s = whereIn(s, "f.job_output", f.JobOutputs)
	s = whereIn(s, "f.recipe_id", f.RecipeIDs)
	s = whereIn(s, "f.recipe_node", f.RecipeNodes)
	s = whereBetween(s, "f.data_started", "f.data_ended", f.DataStarted, f.DataEnded)
	s = whereBetween(s, "f.created", "f.created", f.CreatedStarted, f.CreatedEnded)
	s = whereBetween(s, "f.last_modified", "f.last_modified", f.ModifiedStarted, f.ModifiedEnded)
	s = f.Kitchens.where(s, "f.recipe_id")
	s = f.SourceFilter.where(s, "f")
	if f.NameSearch != "" {
		s = s.Where(q.contains("f.file_name"), f.NameSearch)
	}
	if len(f.JobTypeIDs) > 0 {
		s = s.Where("f.job_id IN (SELECT id FROM jobs WHERE job_type_id IN (?))", bun.List(f.JobTypeIDs))
	}
	if len(f.JobTypeNames) > 0 {
		s = s.Where("f.job_id IN (SELECT x.id FROM jobs x JOIN job_types y ON y.id = x.job_type_id WHERE y.name IN (?))",
			bun.List(f.JobTypeNames))
	}
	if len(f.BatchIDs) > 0 {
		s = s.Where("f.job_id IN (SELECT id FROM jobs WHERE batch_id IN (?))", bun.List(f.BatchIDs))
	}
	if len(f.RecipeTypeIDs) > 0 {
		s = s.Where("f.recipe_id IN (SELECT id FROM recipes WHERE recipe_type_id IN (?))", bun.List(f.RecipeTypeIDs))
	}
	return lists(ctx, q, s, &rows, f.Paging, []Order{{Field: "last_modified"}}, q.fileKeys())
}

// fileKeys are the names that the contract has for columns which we call otherwise.
func (q Q) fileKeys() map[string]string {
	return q.withRelations(map[string]string{"workspace": "f.workspace_id", "job": "f.job_id", "job_exe": "f.job_exe_id",
		"recipe": "f.recipe_id"}, workspaceRelation("f.workspace_id"))
}

// Stored is where the bytes of a file lie in its workspace. What lies at FilePath is for people
// and for web servers, and may be that of another file for a moment.
func (f File) Stored() string {
	if f.Content == "" {
		return f.FilePath
	}
	return f.Content
}

// ContentsInUse is those of the contents that a file of any workspace still has, as several may
// share a folder: a live one, one that was replaced since then, or one that an unfinished recipe
// takes in.
func (q Q) ContentsInUse(ctx context.Context, contents []string, since Time) ([]string, error) {
	if len(contents) == 0 {
		return nil, nil
	}
	var used []string
	s := q.selects((*File)(nil)).ColumnExpr("DISTINCT f.content").
		Where("f.content IN (?) AND f.content <> ''", bun.List(contents)).
		Where(`(NOT f.is_deleted OR f.deleted >= ? OR EXISTS (SELECT 1 FROM recipe_input_files AS rif
			JOIN recipes AS r ON r.id = rif.recipe_id WHERE rif.file_id = f.id AND NOT r.is_completed AND NOT r.is_superseded))`, since)
	if err := s.Scan(ctx, &used); err != nil {
		return nil, fmt.Errorf("reading which of %d contents are in use: %w", len(contents), err)
	}
	return used, nil
}

// SupersedeProducts notes that the jobs' products have been replaced by a successor's.
func (q Q) SupersedeProducts(ctx context.Context, jobIDs []int64, at Time) error {
	return q.markProducts(ctx, jobIDs, at, "is_superseded = TRUE, superseded = ?1", "NOT is_superseded")
}

// UnpublishProducts notes that the nodes which made the jobs' products are gone.
func (q Q) UnpublishProducts(ctx context.Context, jobIDs []int64, at Time) error {
	return q.markProducts(ctx, jobIDs, at, "unpublished = ?1", "unpublished IS NULL")
}

func (q Q) markProducts(ctx context.Context, jobIDs []int64, at Time, set, unless string) error {
	if len(jobIDs) == 0 {
		return nil
	}
	_, err := q.exec(ctx, "UPDATE files SET "+set+", last_modified = ?1 WHERE job_id IN (?0) AND "+unless, bun.List(jobIDs), at)
	if err != nil {
		return fmt.Errorf("marking the products of %d jobs: %w", len(jobIDs), err)
	}
	return nil
}

// InputFileFilter is what GET /recipes/{id}/input_files/ can ask for (contract 1.2).
type InputFileFilter struct {
	RecipeID       int64
	Started, Ended *Time
	TimeField      string // last_modified (also for ""), data or source
	FileName       string // exact
	RecipeInput    string
	Paging         // by last_modified
}

// InputFiles is a page of the files that a recipe takes in, and how many there are. A
// recipe that does not exist has none.
func (q Q) InputFiles(ctx context.Context, f InputFileFilter) ([]File, int, error) {
	var rows []File
	inputs := q.selects((*RecipeInputFile)(nil)).ColumnExpr("rif.file_id").Where("rif.recipe_id = ?", f.RecipeID)
	if f.RecipeInput != "" {
		inputs = inputs.Where("rif.recipe_input = ?", f.RecipeInput)
	}
	s := q.selects(&rows).Where("f.id IN (?)", inputs)
	if f.FileName != "" {
		s = s.Where("f.file_name = ?", f.FileName)
	}
	switch f.TimeField {
	case "data":
		s = whereBetween(s, "f.data_started", "f.data_ended", f.Started, f.Ended)
	case "source":
		s = whereBetween(s, "f.source_started", "f.source_ended", f.Started, f.Ended)
	default:
		s = whereBetween(s, "f.last_modified", "f.last_modified", f.Started, f.Ended)
	}
	return lists(ctx, q, s, &rows, f.Paging, []Order{{Field: "last_modified"}}, q.fileKeys())
}

// RecipeInputFiles is which file a recipe takes in at which input, in the order they were added.
func (q Q) RecipeInputFiles(ctx context.Context, recipeID int64) ([]RecipeInputFile, error) {
	var rows []RecipeInputFile
	return all(ctx, q, q.selects(&rows).Where("rif.recipe_id = ?", recipeID).OrderExpr("rif.id"), &rows)
}

// RecipesOfInputFile is the recipes that take a file in, the newest first and at most so many.
func (q Q) RecipesOfInputFile(ctx context.Context, fileID int64, most int) ([]int64, error) {
	var out []int64
	err := q.scan(ctx, &out, "SELECT DISTINCT recipe_id FROM recipe_input_files WHERE file_id = ? ORDER BY recipe_id DESC LIMIT ?", fileID, most)
	if err != nil {
		return nil, fmt.Errorf("reading the recipes of file %d: %w", fileID, err)
	}
	return out, nil
}

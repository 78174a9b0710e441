package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"
)

// Strike watches a workspace. Its job is that of the watch.
type Strike struct {
	bun.BaseModel `bun:"table:strikes,alias:st"`
	ID            int64  `bun:",pk,autoincrement"`
	Name          string // unique
	Title         string
	Description   string
	Configuration JSON // ingest.Configuration, sealed
	JobID         *int64
	Created       Time
	LastModified  Time
}

// Scan goes through a workspace once.
type Scan struct {
	bun.BaseModel `bun:"table:scans,alias:sc"`
	ID            int64  `bun:",pk,autoincrement"`
	Name          string // unique
	Title         string
	Description   string
	Configuration JSON   // ingest.Configuration, sealed
	JobID         *int64 // that ingests; nil: it has not begun
	DryRunJobID   *int64 // the latest that only counts
	FileCount     *int
	Created       Time
	LastModified  Time
}

// Ingest is one file that arrives: of exactly one of StrikeID, ScanID. What lies in its workspace at FilePath is
// only its own once it was moved, or if it is a scan's.
type Ingest struct {
	bun.BaseModel    `bun:"table:ingests,alias:ig"`
	ID               int64 `bun:",pk,autoincrement"`
	FileName         string
	StrikeID         *int64
	ScanID           *int64
	Status           string // ingest.Status
	BytesTransferred int64
	TransferStarted  Time
	TransferEnded    *Time
	MediaType        string
	FileSize         *int64
	DataTypes        JSON // array of strings
	WorkspaceID      int64
	FilePath         string
	NewWorkspaceID   *int64
	NewFilePath      string
	JobID            *int64
	IngestStarted    *Time
	IngestEnded      *Time
	SourceFileID     *int64
	Created          Time
	LastModified     Time
}

// ArrivalFilter is what GET /strikes/ and GET /scans/ can ask for (contract D3, D4).
type ArrivalFilter struct {
	Names          []string // of strikes whole, of scans a part; cases differ
	Started, Ended *Time    // last modified, inclusive
	Paging                  // by last_modified
}

// Strike is the strike with that id.
func (q Q) Strike(ctx context.Context, id int64) (Strike, error) {
	return byID[Strike](ctx, q, id, "strike")
}

// LockStrike is Strike, and no other transaction changes it until this one has ended.
func (q Q) LockStrike(ctx context.Context, id int64) (Strike, error) {
	return lockedByID[Strike](ctx, q, id, "strike")
}

// StrikeByName is the strike with that name.
func (q Q) StrikeByName(ctx context.Context, name string) (Strike, error) {
	var row Strike
	return one(ctx, q.selects(&row).Where("st.name = ?", name), &row, "strike %q", name)
}

// StrikesByID is the strikes with those ids.
func (q Q) StrikesByID(ctx context.Context, ids []int64) (map[int64]Strike, error) {
	return mapByID(ctx, q, ids, func(s *Strike) int64 { return s.ID })
}

// Strikes is a page of the strikes that f keeps, and how many there are.
func (q Q) Strikes(ctx context.Context, f ArrivalFilter) ([]Strike, int, error) {
	var rows []Strike
	s := whereBetween(whereIn(q.selects(&rows), "st.name", f.Names), "st.last_modified", "st.last_modified", f.Started, f.Ended)
	return lists(ctx, q, s, &rows, f.Paging, []Order{{Field: "last_modified"}}, map[string]string{"job": "st.job_id"})
}

// Scan is the scan with that id.
func (q Q) Scan(ctx context.Context, id int64) (Scan, error) { return byID[Scan](ctx, q, id, "scan") }

// LockScan is Scan, and no other transaction changes it until this one has ended.
func (q Q) LockScan(ctx context.Context, id int64) (Scan, error) {
	return lockedByID[Scan](ctx, q, id, "scan")
}

// ScanByName is the scan with that name.
func (q Q) ScanByName(ctx context.Context, name string) (Scan, error) {
	var row Scan
	return one(ctx, q.selects(&row).Where("sc.name = ?", name), &row, "scan %q", name)
}

// ScansByID is the scans with those ids.
func (q Q) ScansByID(ctx context.Context, ids []int64) (map[int64]Scan, error) {
	return mapByID(ctx, q, ids, func(s *Scan) int64 { return s.ID })
}

// Scans is a page of the scans that f keeps, and how many there are.
func (q Q) Scans(ctx context.Context, f ArrivalFilter) ([]Scan, int, error) {
	var rows []Scan
	s := whereBetween(q.selects(&rows), "sc.last_modified", "sc.last_modified", f.Started, f.Ended)
	if len(f.Names) > 0 {
		s = s.WhereGroup(" AND ", func(s *bun.SelectQuery) *bun.SelectQuery {
			for _, name := range f.Names {
				s = s.WhereOr(q.containsExactly("sc.name"), name)
			}
			return s
		})
	}
	return lists(ctx, q, s, &rows, f.Paging, []Order{{Field: "last_modified"}}, map[string]string{"job": "sc.job_id", "dry_run_job": "sc.dry_run_job_id"})
}

// containsExactly is contains that tells cases apart.
func (q Q) containsExactly(column string) string {
	if q.dialect == Postgres {
		return "strpos(" + column + ", ?::text) > 0"
	}
	return "instr(" + column + ", ?) > 0"
}

// IngestFilter is what GET /ingests/ can ask for (contract D5.1), and what watches look for.
type IngestFilter struct {
	Statuses       []string
	StrikeIDs      []int64
	ScanIDs        []int64
	FileName       string // a part; cases differ
	FileNames      []string
	FilePaths      []string
	WorkspaceID    int64 // 0: any
	Started, Ended *Time // last modified, inclusive
	After          int64 // ids above that
	Paging               // by last_modified
}

func (q Q) whereIngest(s *bun.SelectQuery, f IngestFilter) *bun.SelectQuery {
	s = whereIn(s, "ig.status", f.Statuses)
	s = whereIn(s, "ig.strike_id", f.StrikeIDs)
	s = whereIn(s, "ig.scan_id", f.ScanIDs)
	s = whereIn(s, "ig.file_name", f.FileNames)
	s = whereIn(s, "ig.file_path", f.FilePaths)
	s = whereBetween(s, "ig.last_modified", "ig.last_modified", f.Started, f.Ended)
	if f.FileName != "" {
		s = s.Where(q.containsExactly("ig.file_name"), f.FileName)
	}
	if f.WorkspaceID != 0 {
		s = s.Where("ig.workspace_id = ?", f.WorkspaceID)
	}
	if f.After != 0 {
		s = s.Where("ig.id > ?", f.After)
	}
	return s
}

// Ingests is a page of the ingests that f keeps, and how many there are.
func (q Q) Ingests(ctx context.Context, f IngestFilter) ([]Ingest, int, error) {
	var rows []Ingest
	return lists(ctx, q, q.whereIngest(q.selects(&rows), f), &rows, f.Paging, []Order{{Field: "last_modified"}}, q.withRelations(map[string]string{
		"strike": "ig.strike_id", "scan": "ig.scan_id", "workspace": "ig.workspace_id", "new_workspace": "ig.new_workspace_id",
		"job": "ig.job_id", "source_file": "ig.source_file_id"}, workspaceRelation("ig.workspace_id")))
}

// Ingest is the ingest with that id.
func (q Q) Ingest(ctx context.Context, id int64) (Ingest, error) {
	return byID[Ingest](ctx, q, id, "ingest")
}

// LockIngest is Ingest, and no other transaction changes it until this one has ended.
func (q Q) LockIngest(ctx context.Context, id int64) (Ingest, error) {
	return lockedByID[Ingest](ctx, q, id, "ingest")
}

// TakenPaths are those of some paths of a workspace that ingests of strikes have been moved to.
func (q Q) TakenPaths(ctx context.Context, workspaceID int64, paths []string) (map[string]bool, error) {
	out := map[string]bool{}
	for batch := range slices.Chunk(paths, 500) {
		var found []string
		err := q.selects((*Ingest)(nil)).ColumnExpr("ig.file_path").
			Where("ig.workspace_id = ? AND ig.strike_id IS NOT NULL AND ig.file_path IN (?)", workspaceID, bun.List(batch)).Scan(ctx, &found)
		if err != nil {
			return nil, fmt.Errorf("reading where ingests of workspace %d lie: %w", workspaceID, err)
		}
		for _, p := range found {
			out[p] = true
		}
	}
	return out, nil
}

// CountNamed is how many ingests of strikes of a workspace have files of that name that were moved.
func (q Q) CountNamed(ctx context.Context, workspaceID int64, name string) (int64, error) {
	var n int64
	err := q.scan(ctx, &n, `SELECT count(*) FROM ingests WHERE workspace_id = ? AND file_name = ? AND strike_id IS NOT NULL AND file_path <> file_name`,
		workspaceID, name)
	if err != nil {
		return 0, fmt.Errorf("counting ingests of %q: %w", name, err)
	}
	return n, nil
}

// IngestJobs is the jobs of a scan's ingests that have not ended.
func (q Q) IngestJobs(ctx context.Context, scanID int64) ([]int64, error) {
	var ids []int64
	err := q.scan(ctx, &ids, `SELECT j.id FROM jobs AS j JOIN ingests AS ig ON ig.job_id = j.id
		WHERE ig.scan_id = ? AND j.status IN ('RUNNING', 'PENDING', 'QUEUED') ORDER BY j.id`, scanID)
	if err != nil {
		return nil, fmt.Errorf("reading the jobs of the ingests of scan %d: %w", scanID, err)
	}
	return ids, nil
}

// SourceFilesLike is the source files, not deleted, of that name and size, the oldest first.
func (q Q) SourceFilesLike(ctx context.Context, name string, size int64) ([]File, error) {
	var rows []File
	s := q.selects(&rows).Where("f.file_name = ? AND f.file_size = ? AND f.file_type = 'SOURCE' AND NOT f.is_deleted", name, size)
	return all(ctx, q, s.OrderExpr("f.id").Limit(1), &rows)
}

// LivePaths is the live files of a workspace at those paths.
func (q Q) LivePaths(ctx context.Context, workspaceID int64, paths []string) (map[string]File, error) {
	out := map[string]File{}
	for batch := range slices.Chunk(paths, 500) {
		var rows []File
		s := q.selects(&rows).Where("f.workspace_id = ? AND f.file_path IN (?) AND NOT f.is_deleted", workspaceID, bun.List(batch))
		if _, err := all(ctx, q, s, &rows); err != nil {
			return nil, err
		}
		for _, row := range rows {
			out[row.FilePath] = row
		}
	}
	return out, nil
}

// IngestTotal is what a strike has ingested.
type IngestTotal struct {
	StrikeID   int64
	Hour       int64 // of Unix; 0 in totals
	Files      int
	Size       int64
	MostRecent *Time
}

// IngestTotals adds up by strike, or by strike and hour, what strikes have ingested between two times, which may be
// nil: of the data if byData, which is without what has no times of data, else of the ingest.
func (q Q) IngestTotals(ctx context.Context, from, to *Time, byData, byHour bool) ([]IngestTotal, error) {
	start, end := "ig.ingest_ended", "ig.ingest_ended"
	if byData {
		start, end = "f.data_started", "f.data_ended"
	}
	hour := "0"
	switch {
	case byHour && q.dialect == Postgres:
		hour = "CAST(floor(extract(epoch FROM " + start + ") / 3600) AS bigint)"
	case byHour:
		hour = start + " / 3600000000"
	}
	var rows []IngestTotal
	s := q.selects((*Ingest)(nil)).ColumnExpr("ig.strike_id, "+hour+" AS hour, count(*) AS files, CAST(sum(coalesce(ig.file_size, 0)) AS bigint) AS size").
		ColumnExpr("max(?) AS most_recent", bun.Safe(start)).
		Join("LEFT JOIN files AS f ON f.id = ig.source_file_id").
		Where("ig.status = 'INGESTED' AND ig.strike_id IS NOT NULL AND ? IS NOT NULL", bun.Safe(start)).
		GroupExpr("1, 2").OrderExpr("1, 2")
	if from != nil {
		s = s.Where("? >= ?", bun.Safe(end), *from)
	}
	if to != nil {
		s = s.Where("? <= ?", bun.Safe(start), *to)
	}
	if err := s.Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("adding up ingests: %w", err)
	}
	return rows, nil
}

// HoldExecution tells whether an execution is still a worker's, and keeps it so until the transaction ends.
func (q Q) HoldExecution(ctx context.Context, exeID int64, workerID string) (bool, error) {
	var ids []int64
	s := q.selects((*JobExecution)(nil)).ColumnExpr("je.id").Where("je.id = ? AND je.worker_id = ? AND je.status = 'RUNNING' AND NOT je.cancel_requested", exeID, workerID)
	if q.dialect == Postgres {
		s = s.For("SHARE")
	}
	if err := s.Scan(ctx, &ids); err != nil {
		return false, fmt.Errorf("holding job execution %d: %w", exeID, err)
	}
	return len(ids) == 1, nil
}

// jobsWithFile is the condition that a job takes a file in.
func (q Q) jobsWithFile() string {
	inRecipe := "(j.recipe_id IS NULL OR j.recipe_id IN (SELECT recipe_id FROM recipe_input_files WHERE file_id = ?0)) AND j.input IS NOT NULL AND "
	if q.dialect == Postgres {
		return inRecipe + `EXISTS (SELECT 1 FROM jsonb_each(CAST(j.input AS jsonb) -> 'files') AS i, jsonb_array_elements_text(i.value) AS v (id) WHERE v.id = CAST(?0 AS text))`
	}
	return inRecipe + `EXISTS (SELECT 1 FROM json_each(j.input, '$.files') AS i, json_each(i.value) AS v WHERE v.value = ?0)`
}

package store

import (
	"context"
	"fmt"
)

// WorkspaceFilter is what GET /workspaces/ can ask for (contract 1.6).
type WorkspaceFilter struct {
	Names          []string
	Started, Ended *Time // last modified, inclusive
	Paging               // by name
}

// Workspace is the workspace with that id.
func (q Q) Workspace(ctx context.Context, id int64) (Workspace, error) {
	return byID[Workspace](ctx, q, id, "workspace")
}

// WorkspaceToMove is the workspace with that id, which nobody else changes or stores files
// in until the transaction ends.
func (q Q) WorkspaceToMove(ctx context.Context, id int64) (Workspace, error) {
	return lockedByID[Workspace](ctx, q, id, "workspace")
}

// WorkspaceInPlace is the workspace with that id, which nobody moves until the transaction ends.
func (q Q) WorkspaceInPlace(ctx context.Context, id int64) (Workspace, error) {
	var row Workspace
	s := q.selects(&row).Where("w.id = ?", id)
	if q.dialect == Postgres {
		s = s.For("SHARE")
	}
	return one(ctx, s, &row, "workspace %d", id)
}

// CountLiveFiles is how many files of a workspace are not deleted.
func (q Q) CountLiveFiles(ctx context.Context, id int64) (int64, error) {
	n, err := q.selects((*File)(nil)).Where("f.workspace_id = ? AND NOT f.is_deleted", id).Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("counting the files of workspace %d: %w", id, err)
	}
	return n, nil
}

// WorkspaceByName is the workspace with that name.
func (q Q) WorkspaceByName(ctx context.Context, name string) (Workspace, error) {
	var row Workspace
	return one(ctx, q.selects(&row).Where("w.name = ?", name), &row, "workspace %q", name)
}

// Workspaces is a page of the workspaces that f keeps, and how many there are.
func (q Q) Workspaces(ctx context.Context, f WorkspaceFilter) ([]Workspace, int, error) {
	var rows []Workspace
	s := whereIn(q.selects(&rows), "w.name", f.Names)
	s = whereBetween(s, "w.last_modified", "w.last_modified", f.Started, f.Ended)
	return lists(ctx, q, s, &rows, f.Paging, []Order{{Field: "name"}}, nil)
}

// WorkspacesByID is the workspaces with those ids.
func (q Q) WorkspacesByID(ctx context.Context, ids []int64) (map[int64]Workspace, error) {
	return mapByID(ctx, q, ids, func(w *Workspace) int64 { return w.ID })
}

package store

import "context"

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

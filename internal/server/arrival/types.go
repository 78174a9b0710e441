package arrival

import (
	"context"
	"errors"
	"fmt"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// The system job types; their names are the original's.
const (
	strikeType = "scale-strike"
	scanType   = "scale-scan"
	ingestType = "scale-ingest"
	version    = "1.0.0"
)

// Bounds of what one server does at a time.
const (
	MaxStrikes   = 1000 // that it watches; further ones wait for another server, or for one to be stopped
	scanWorkers  = 2
	ingestWorker = 4 // so that ten thousand files at once leave the database and the disks to others, too
)

// Builtins are what an engine has to know for the jobs of this package.
func Builtins() []engine.Builtin {
	return []engine.Builtin{
		{Name: strikeType, Version: version, Queue: "strikes", Workers: MaxStrikes, Endless: true,
			Run: func(ctx context.Context, e *engine.Engine, r engine.BuiltinRun) error { return New(e).watch(ctx, r) }},
		{Name: scanType, Version: version, Queue: "scans", Workers: scanWorkers, Endless: true,
			Run: func(ctx context.Context, e *engine.Engine, r engine.BuiltinRun) error { return New(e).runScan(ctx, r) }},
		{Name: ingestType, Version: version, Queue: "ingests", Workers: ingestWorker,
			Run: func(ctx context.Context, e *engine.Engine, r engine.BuiltinRun) error {
				return New(e).runIngest(ctx, r)
			}},
	}
}

// systemType says what a system job type is.
type systemType struct {
	title, description string
	inputs             string // JSON
	priority           int
	maxTries           int
}

var systemTypes = map[string]systemType{
	strikeType: {"Scale Strike", "Watches a workspace for files that arrive", `{"name": "STRIKE_ID", "type": "integer"}`, 5, 0},
	scanType:   {"Scale Scan", "Goes through a workspace for files", `{"name": "SCAN_ID", "type": "integer"}, {"name": "DRY_RUN", "type": "boolean"}`, 5, 0},
	ingestType: {"Scale Ingest", "Makes an arriving file one of the catalog", `{"name": "ingest_id", "type": "integer"}, ` +
		`{"name": "workspace", "type": "string"}, {"name": "new_workspace", "type": "string", "required": false}`, 10, 3},
}

// manifest is that of a system job type. Its command is for readers: the server does the work.
func (t systemType) manifest(name string) string {
	return fmt.Sprintf(`{"seedVersion": "1.0.0", "job": {"name": %q, "jobVersion": %q, "packageVersion": %q, "title": %q, "description": %q,
		"maintainer": {"name": "Galley", "email": "galley@example.com"}, "timeout": %d,
		"interface": {"command": "galleyd", "inputs": {"json": [%s]}}}}`, name, version, version, t.title, t.description, 365*24*3600, t.inputs)
}

// systemJobType is the job type of that name, which is made when it is needed for the first time: who never
// has a strike or a scan never sees it.
func (d *Desk) systemJobType(ctx context.Context, tx *store.Tx, name string) (store.JobType, error) {
	jt, err := tx.JobTypeByName(ctx, name, version)
	if errors.Is(err, store.ErrNotFound) {
		if err := usecase.Serialize(ctx, tx, usecase.LockJobTypes); err != nil {
			return jt, err
		}
		jt, err = tx.JobTypeByName(ctx, name, version)
	}
	switch {
	case err == nil && !jt.IsSystem:
		return jt, refusal.Errorf(refusal.Conflict, "There is a job type %s %s that is not the system's, which strikes and scans need: "+
			"job types cannot be renamed, so they cannot be used with this database", name, version)
	case err == nil:
		return jt, nil
	case !errors.Is(err, store.ErrNotFound):
		return jt, err
	}
	t, now := systemTypes[name], d.Now()
	configuration, err := d.sealer.SealConfiguration(recipe.Configuration{Priority: &t.priority}, nil)
	if err != nil {
		return jt, err
	}
	jt = store.JobType{
		Name: name, Version: version, Title: t.title, Description: t.description, DockerImage: "galleyd", IsActive: true, IsSystem: true,
		MaxTries: t.maxTries, RevisionNum: 1, Manifest: store.JSON(t.manifest(name)), Configuration: configuration, Created: now, LastModified: now,
	}
	if err := tx.Insert(ctx, &jt); err != nil {
		return jt, err
	}
	return jt, tx.Insert(ctx, &store.JobTypeRevision{JobTypeID: jt.ID, RevisionNum: 1, DockerImage: jt.DockerImage, Manifest: jt.Manifest, Created: now})
}

// queue stores and queues a job of a system job type, with the event that it comes from.
func (d *Desk) queue(ctx context.Context, tx *store.Tx, name, event string, described, input map[string]any) (store.Job, error) {
	jt, err := d.systemJobType(ctx, tx, name)
	if err != nil {
		return store.Job{}, err
	}
	row := store.Event{Type: event, Occurred: d.Now()}
	if row.Description, err = usecase.Encode(described); err != nil {
		return store.Job{}, err
	}
	if err := tx.Insert(ctx, &row); err != nil {
		return store.Job{}, err
	}
	jobs, err := d.engine.QueueBuiltins(ctx, tx, jt, []engine.BuiltinJob{{Input: input, EventID: row.ID}})
	if err != nil {
		return store.Job{}, err
	}
	return jobs[0], nil
}

package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path"
	"path/filepath"
	"strconv"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// product is a file that a job made: staged in its workspace, its row not stored.
type product struct {
	staged *catalog.StagedFile
	row    store.File
}

// discard removes what no row may have been given.
func (o *outcome) discard() {
	for _, p := range o.products {
		p.staged.Discard()
	}
	o.products = nil
}

// stageProducts copies the outputs of an execution into their workspaces, at
// jobs/<job id>/<execution>/<output>/<name>, so that no two executions meet. They
// show up there when the execution is finished.
func (e *Engine) stageProducts(l *lease, c claimed, result executor.Result, o *outcome) error {
	configuration, err := e.configuration(c)
	if err != nil {
		return err
	}
	o.output = recipe.Data{Files: map[string][]int64{}, JSON: result.JSON}
	if o.output.JSON == nil {
		o.output.JSON = map[string]any{}
	}
	for _, output := range usecase.SortedKeys(result.Files) {
		name := configuration.Workspace(output)
		ws, err := e.outputWorkspace(l, name)
		if errors.Is(err, store.ErrNotFound) {
			return configurationFault("Output %s has no workspace: the configuration names %q, which does not exist", output, name)
		}
		if err != nil {
			return err
		}
		taken := map[string]bool{}
		for _, f := range result.Files[output] {
			p, err := e.stageProduct(l.ctx, c, ws, output, f, taken)
			if err != nil {
				return fmt.Errorf("storing output %s: %w", output, err)
			}
			o.products = append(o.products, p)
		}
	}
	return nil
}

// outputWorkspace reads a workspace. A database that is away must not cost the result
// of a long job, so it tries as long as the execution is ours.
func (e *Engine) outputWorkspace(l *lease, name string) (ws store.Workspace, err error) {
	var missing error
	err = usecase.RetryWhile(l.lost, func(ctx context.Context) error {
		var err error
		if ws, err = e.Store.WorkspaceByName(ctx, name); errors.Is(err, store.ErrNotFound) {
			missing = err
			return nil
		}
		return err
	}, func(err error) {
		e.Log.Warn("reading workspace of a product; trying again", slog.String("workspace", name), slog.Any("error", err))
	})
	return ws, errors.Join(err, missing)
}

func (e *Engine) stageProduct(ctx context.Context, c claimed, ws store.Workspace, output string, f executor.OutputFile, taken map[string]bool) (product, error) {
	name := filepath.Base(f.Path)
	for i := 2; taken[name]; i++ { // two folders of the outputs may have files of one name
		name = strconv.Itoa(i) + "-" + filepath.Base(f.Path)
	}
	taken[name] = true
	body, err := f.Open()
	if err != nil {
		return product{}, err
	}
	defer body.Close()
	at := path.Join("jobs", strconv.FormatInt(c.job.ID, 10), strconv.Itoa(c.exe.ExeNum), output, name)
	staged, err := e.catalog.Stage(ctx, ws, at, body, 0)
	if err != nil {
		return product{}, err
	}
	metadata, err := usecase.Encode(f.Metadata)
	if err != nil || f.Metadata == nil {
		metadata = store.JSON("{}")
	}
	return product{staged, store.File{
		WorkspaceID: ws.ID, FileName: name, FilePath: at, FileType: catalog.ProductFile, MediaType: f.MediaType,
		DataTypes: store.JSON("[]"), FileSize: staged.Size, SHA256: staged.SHA256,
		DataStarted: storeTime(f.DataStarted), DataEnded: storeTime(f.DataEnded), Sources: productSources(c.job.Sources, f.SideCar),
		Geometry: f.Geometry, CenterPoint: f.CenterPoint, MetaData: metadata,
		JobID: &c.job.ID, JobExeID: &c.exe.ID, JobOutput: output, RecipeID: c.job.RecipeID, RecipeNode: c.job.RecipeNode,
	}}, nil
}

// productSources is where the data of a product came from: what its side-car says, and for the
// rest what the inputs of the job say. Start and end belong together.
func productSources(inputs store.Sources, s seed.SideCar) store.Sources {
	if s.SourceStarted != nil || s.SourceEnded != nil {
		inputs.SourceStarted, inputs.SourceEnded = storeTime(s.SourceStarted), storeTime(s.SourceEnded)
	}
	inputs.SourceSensorClass = cmp.Or(s.SourceSensorClass, inputs.SourceSensorClass)
	inputs.SourceSensor = cmp.Or(s.SourceSensor, inputs.SourceSensor)
	inputs.SourceCollection = cmp.Or(s.SourceCollection, inputs.SourceCollection)
	inputs.SourceTask = cmp.Or(s.SourceTask, inputs.SourceTask)
	return inputs
}

// storeProducts inserts the rows of the products and completes the output with their
// ids. What lies at their paths follows when it is committed.
func (e *Engine) storeProducts(ctx context.Context, tx *store.Tx, o *outcome, now store.Time) (recipe.Data, error) {
	out := recipe.Data{Files: map[string][]int64{}, JSON: o.output.JSON}
	for _, p := range o.products {
		row := p.row
		row.Created, row.LastModified = now, now
		if err := e.catalog.ReplaceFile(ctx, tx, &row, p.staged); err != nil {
			return out, err
		}
		out.Files[row.JobOutput] = append(out.Files[row.JobOutput], row.ID)
	}
	return out, nil
}

// showProducts lets people find what is stored now.
func (e *Engine) showProducts(ctx context.Context, o *outcome) {
	for _, p := range o.products {
		if p.staged.Kept() {
			e.catalog.Show(ctx, p.row)
		}
	}
}

func storeTime(t *time.Time) *store.Time {
	if t == nil {
		return nil
	}
	return store.At(*t).Ptr()
}

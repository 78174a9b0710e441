package orders

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// inputFiles is the member of an order's settings that gives files, over those of its variation.
const inputFiles = "input-files"

// planning says what a run is planned for.
type planning struct {
	starts  bool   // it starts now; otherwise only what holds whenever it starts is looked at
	resumes *int64 // the recipe whose files it keeps as far as they are there; nil: none
}

// tooFewFiles is a run that cannot start as a rule finds too few files. Until then it waits for them.
type tooFewFiles struct {
	refusal *refusal.Error
	due     time.Time // when the run was
	until   time.Time
}

// Error is what the refusal says.
func (f *tooFewFiles) Error() string { return f.refusal.Error() }

// Unwrap returns the refusal.
func (f *tooFewFiles) Unwrap() error { return f.refusal }

// waits tells whether an error is that of a run which waits for files at that time.
func waits(err error, now time.Time) bool {
	few, is := errors.AsType[*tooFewFiles](err)
	return is && now.Before(few.until)
}

// isWaiting tells whether a run of an order waits for its files, as far as somebody has seen that.
func isWaiting(o store.RecipeOrder) bool {
	return o.Waiting != nil && o.NextFire != nil && !o.Waiting.Before(o.NextFire.Time)
}

// noteWaiting stores that a run waits for its files, so that whoever comes after this server goes on waiting: to
// a server that is new the run would only be one that nobody has started in time.
func (d *Desk) noteWaiting(ctx context.Context, o store.RecipeOrder, err error) error {
	few, _ := errors.AsType[*tooFewFiles](err)
	due := store.At(few.due)
	if o.Waiting != nil && o.Waiting.Equal(due.Time) {
		return nil
	}
	return d.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		locked, err := tx.LockRecipeOrder(ctx, o.ID)
		if err != nil {
			return refusal.Found(err)
		}
		locked.Waiting = &due
		return tx.Update(ctx, &locked, "waiting")
	})
}

// filesOf are the files that an order gives itself.
func filesOf(o store.RecipeOrder) (order.InputFiles, error) {
	var settings struct {
		Files json.RawMessage `json:"input-files"`
	}
	if usecase.Given(o.InputSettings) {
		if err := json.Unmarshal(o.InputSettings, &settings); err != nil {
			return order.InputFiles{}, refusal.Errorf(refusal.Invalid, "The order's settings have to be a JSON object")
		}
	}
	files, ps := order.ParseInputFiles(settings.Files)
	return files, refusal.Of(refusal.Invalid, inputFiles+": ", ps)
}

// chooseFiles makes the rules of a variation the files that they choose now; layers are the variables
// of the run, of which the tainted ones are made from secrets. A run that does not start has the id 0 where there are too few.
func (d *Desk) chooseFiles(ctx context.Context, tx *store.Tx, o store.RecipeOrder, run store.OrderRun, v order.Variation, layers []order.Variables, tainted []string, plan planning) (order.Variation, error) {
	own, err := filesOf(o)
	if err != nil {
		return v, err
	}
	v = v.With(own)
	for _, name := range usecase.SortedKeys(v.FileRules) {
		if slices.ContainsFunc(v.FileRules[name], func(r order.FileRule) bool { return r.Takes(tainted) }) {
			return v, refusal.Errorf(refusal.Invalid, "input_files.%s: its path is made from a secret, and everybody can see which files a run takes", name)
		}
	}
	rules, ps := order.Resolved(v.FileRules, layers...)
	if err := refusal.Of(refusal.Invalid, "", ps); err != nil {
		return v, err
	}
	v.FileRules = nil
	kept, err := keptFiles(ctx, tx, plan.resumes)
	if err != nil {
		return v, err
	}
	var few *tooFewFiles
	for _, name := range usecase.SortedKeys(rules) {
		if ids := kept[name]; len(ids) > 0 {
			v.InputFiles[name] = ids
			continue
		}
		var ids []int64
		for _, rule := range rules[name] {
			found, err := d.choose(ctx, tx, o, rule)
			if err != nil {
				return v, err
			}
			if len(found) < rule.AtLeast {
				err := shortage(name, rule, found, run.Due().Time)
				if few == nil || err.until.Before(few.until) {
					few = err
				}
			}
			for _, f := range found {
				ids = append(ids, f.ID)
			}
		}
		if len(ids) > 0 {
			v.InputFiles[name] = ids
		}
		if few != nil && !plan.starts && len(ids) == 0 {
			v.InputFiles[name] = []int64{0}
		}
	}
	if few != nil && plan.starts {
		return v, few
	}
	return v, nil
}

// shortage says that a rule finds too few files.
func shortage(input string, rule order.FileRule, found []order.FoundFile, due time.Time) *tooFewFiles {
	where := "workspace " + rule.Workspace
	if rule.Path != "" {
		where = rule.Path + " of " + where
	}
	var paths []string
	for _, f := range found {
		paths = append(paths, f.Path)
	}
	text := fmt.Sprintf("input_files.%s: found %d files at %s, expected at least %d", input, len(found), where, rule.AtLeast)
	if len(paths) > 0 {
		text += ": " + strings.Join(paths[:min(len(paths), 10)], ", ")
	}
	if rule.SinceLastSuccess {
		text += "; only files count that came since the last run that was completed"
	}
	if rule.Waits() > 0 {
		text += "; a run that is due waits for them for up to " + rule.Waits().String()
	}
	return &tooFewFiles{refusal.Errorf(refusal.InvalidInput, "%s", text), due, due.Add(rule.Waits())}
}

// choose is what a rule takes now.
func (d *Desk) choose(ctx context.Context, tx *store.Tx, o store.RecipeOrder, rule order.FileRule) ([]order.FoundFile, error) {
	if rule.ID != 0 {
		return []order.FoundFile{{ID: rule.ID}}, nil
	}
	spaces, _, err := tx.Workspaces(ctx, store.WorkspaceFilter{Names: []string{rule.Workspace}})
	if err != nil {
		return nil, err
	}
	if len(spaces) == 0 {
		return nil, refusal.Errorf(refusal.InvalidInput, "input_files: there is no workspace %q", rule.Workspace)
	}
	rows, _, err := tx.Files(ctx, store.FileFilter{WorkspaceIDs: []int64{spaces[0].ID}, MediaTypes: rule.MediaTypes, PathPrefix: rule.Prefix(), IsDeleted: new(false)})
	if err != nil {
		return nil, err
	}
	var since *time.Time
	if rule.SinceLastSuccess {
		if since, err = lastSuccess(ctx, tx, o); err != nil {
			return nil, err
		}
	}
	files := make([]order.FoundFile, len(rows))
	for i, f := range rows {
		files[i] = order.FoundFile{ID: f.ID, Path: f.FilePath, MediaType: f.MediaType, Created: f.Created.Time}
		if usecase.Given(f.DataTypes) {
			if err := json.Unmarshal(f.DataTypes, &files[i].DataTypes); err != nil {
				return nil, fmt.Errorf("reading the data types of file %d: %w", f.ID, err)
			}
		}
	}
	return rule.Choose(files, since), nil
}

// lastSuccess is when the last run of an order began that was completed; nil: none was. One that
// resumes another has that one's files, so it began when the other did.
func lastSuccess(ctx context.Context, tx *store.Tx, o store.RecipeOrder) (*time.Time, error) {
	if o.ID == 0 {
		return nil, nil
	}
	runs, _, err := tx.OrderRuns(ctx, store.OrderRunFilter{OrderIDs: []int64{o.ID}, Statuses: []string{string(order.RunCompleted)}, Paging: store.Paging{PageSize: 1}})
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	resumed, _, err := tx.OrderRuns(ctx, store.OrderRunFilter{OrderIDs: []int64{o.ID}, Statuses: []string{string(order.RunResumed)}})
	if err != nil {
		return nil, err
	}
	before := map[string]store.OrderRun{} // by the run that resumes it
	for _, r := range resumed {
		if r.ResumedBy != nil && r.RecipeID != nil {
			before[*r.ResumedBy] = r
		}
	}
	began := runs[0]
	for r, ok := before[began.HID]; ok; r, ok = before[began.HID] {
		began = r
	}
	return began.Started.Std(), nil
}

// keptFiles are the files of a recipe that is resumed, by input, if all of an input are still there.
func keptFiles(ctx context.Context, tx *store.Tx, recipeID *int64) (map[string][]int64, error) {
	if recipeID == nil {
		return nil, nil
	}
	rows, err := tx.RecipeInputFiles(ctx, *recipeID)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(rows))
	for i, row := range rows {
		ids[i] = row.FileID
	}
	files, err := tx.FilesByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	kept, gone := map[string][]int64{}, map[string]bool{}
	for _, row := range rows {
		kept[row.RecipeInput] = append(kept[row.RecipeInput], row.FileID)
		gone[row.RecipeInput] = gone[row.RecipeInput] || files[row.FileID].IsDeleted
	}
	for name := range gone {
		if gone[name] {
			delete(kept, name)
		}
	}
	return kept, nil
}

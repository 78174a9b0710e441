package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// DefaultMaxTries is how often the jobs of a new job type are tried.
const DefaultMaxTries = 3

// deprecatedRecipes warns that recipe types lose a part that they use (contract 1.1, 1.3).
const deprecatedRecipes recipe.Code = "DEPRECATED_RECIPES"

// CreateJobType adds a job type, or, if its name and version exist, edits that one
// and reports created false (contract 1.3). The problems are warnings. Any semantic
// version is allowed, also one with - or + that the original cannot address.
func (c *Catalog) CreateJobType(ctx context.Context, spec JobTypeSpec) (jt store.JobType, created bool, warnings recipe.Problems, err error) {
	if strings.TrimSpace(spec.DockerImage) == "" {
		return jt, false, nil, refusal.Errorf(refusal.Invalid, `Missing required parameter: "docker_image"`)
	}
	if err := seed.CheckImage(spec.DockerImage); err != nil {
		return jt, false, nil, refusal.Errorf(refusal.Invalid, "%s", err)
	}
	m, err := parseManifest(spec.Manifest)
	if err != nil {
		return jt, false, nil, err
	}
	if err := checkMaxScheduled(spec.MaxScheduled); err != nil {
		return jt, false, nil, err
	}
	var answer jobTypeMade
	err = c.Once(ctx, spec.Key, usecase.MadeJobType, func(ctx context.Context, tx *store.Tx) (usecase.Made, error) {
		if err := usecase.Serialize(ctx, tx, usecase.LockJobTypes); err != nil {
			return usecase.Made{}, err
		}
		existing, err := tx.JobTypeByName(ctx, m.Job.Name, m.Job.JobVersion)
		lost := false
		if err == nil && existing.IsActive {
			if lost, err = spec.Key.TakesOver(ctx, tx, usecase.MadeJobType, existing.ID); err != nil {
				return usecase.Made{}, err
			}
		}
		switch {
		case lost: // whoever made it says then what it shall be
			jt = existing
		case err == nil:
			answer.Created = false
			jt, answer.Warnings, err = c.editJobType(ctx, tx, existing, spec.edit())
		case errors.Is(err, store.ErrNotFound):
			answer.Created = true
			jt, answer.Warnings, err = c.insertJobType(ctx, tx, spec, m)
		}
		return usecase.Made{ID: jt.ID, Name: jobTypeName(jt), Result: answer}, err
	}, func(ctx context.Context, tx *store.Tx, key store.IdempotencyKey) (err error) {
		if err := json.Unmarshal(key.Result, &answer); err != nil {
			return fmt.Errorf("reading what key %q made: %w", key.Key, err)
		}
		jt, err = tx.JobType(ctx, key.ObjectID)
		return err
	})
	c.revisions.forgetUnless(err == nil)
	return jt, answer.Created, answer.Warnings, err
}

func jobTypeName(jt store.JobType) string { return jt.Name + "/" + jt.Version }

// jobTypeMade is what CreateJobType answers beside the job type.
type jobTypeMade struct {
	Created  bool
	Warnings recipe.Problems
}

// EditJobType changes a job type; a manifest makes a new revision, also if it is
// the same again. Deactivating stamps deprecated and deactivates the recipe types
// that use the job type, and those that contain them.
func (c *Catalog) EditJobType(ctx context.Context, name, version string, edit JobTypeEdit) (store.JobType, recipe.Problems, error) {
	var jt store.JobType
	var warnings recipe.Problems
	if err := checkMaxScheduled(edit.MaxScheduled); err != nil {
		return jt, nil, err
	}
	wasActive := false
	made := func() usecase.Made {
		return again(usecase.Made{ID: jt.ID, Name: jobTypeName(jt)}, wasActive, jt.IsActive)
	}
	err := c.edited(ctx, edit.Key, usecase.EditedJobType, &warnings, made, func(ctx context.Context, tx *store.Tx) error {
		if err := usecase.Serialize(ctx, tx, usecase.LockJobTypes); err != nil {
			return err
		}
		existing, err := tx.JobTypeByName(ctx, name, version)
		if err != nil {
			return refusal.Found(err)
		}
		if err := edit.IfMatch.Check(existing.LastModified, "job type "+name+" "+version); err != nil {
			return err
		}
		wasActive = existing.IsActive
		jt, warnings, err = c.editJobType(ctx, tx, existing, edit)
		return err
	}, func(ctx context.Context, tx *store.Tx, id int64) (err error) {
		jt, err = tx.JobType(ctx, id)
		return err
	})
	c.revisions.forgetUnless(err == nil)
	return jt, warnings, err
}

// ValidateJobType returns everything that is wrong or doubtful with a manifest and
// its configuration, which may be absent. With names it says which folders can be mounted.
// The error is for other failures.
func (c *Catalog) ValidateJobType(ctx context.Context, manifest, configuration json.RawMessage, names bool) (recipe.Problems, error) {
	if err := usecase.CheckObject("manifest", manifest); err != nil {
		return nil, err
	}
	m, ps := seed.Parse(manifest)
	if len(ps.Errors()) > 0 {
		return ps, nil
	}
	err := c.Store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, found, err := c.checkConfiguration(ctx, tx, configuration, m, names)
		ps = append(slices.Clone(ps), found...)
		return err
	})
	return ps, err
}

func (s JobTypeSpec) edit() JobTypeEdit {
	return JobTypeEdit{
		Manifest: s.Manifest, Configuration: s.Configuration, DockerImage: &s.DockerImage, IconCode: s.IconCode,
		IsPublished: &s.IsPublished, MaxScheduled: s.MaxScheduled, Retry: s.Retry, AutoUpdate: s.AutoUpdate, IsActive: s.IsActive, IsPaused: &s.IsPaused,
		Spare: s.Spare,
	}
}

func (c *Catalog) insertJobType(ctx context.Context, tx *store.Tx, spec JobTypeSpec, m *seed.Manifest) (store.JobType, recipe.Problems, error) {
	configuration, ps, err := c.checkConfiguration(ctx, tx, spec.Configuration, m, true)
	if err != nil {
		return store.JobType{}, nil, err
	}
	if err := refusal.Of(refusal.Invalid, "Job type configuration invalid: ", ps); err != nil {
		return store.JobType{}, nil, err
	}
	retry, err := checkRetry(spec.Retry, m)
	if err != nil {
		return store.JobType{}, nil, err
	}
	now := c.Now()
	jt := store.JobType{
		Name: m.Job.Name, Version: m.Job.JobVersion, Title: m.Job.Title, Description: m.Job.Description,
		DockerImage: spec.DockerImage, IconCode: spec.IconCode, IsActive: true, IsPaused: spec.IsPaused,
		IsPublished: spec.IsPublished, MaxScheduled: limit(spec.MaxScheduled), MaxTries: DefaultMaxTries,
		RevisionNum: 1, Manifest: spec.Manifest, Configuration: configuration, Retry: retry,
		Created: now, LastModified: now,
	}
	activate(&jt.IsActive, &jt.Deprecated, spec.IsActive, now)
	if jt.IsPaused {
		jt.Paused = &now
	}
	if err := tx.Insert(ctx, &jt); err != nil {
		if store.IsUniqueViolation(err) {
			return jt, nil, refusal.Errorf(refusal.Conflict, "Job type %s %s was created at the same moment: try again", jt.Name, jt.Version)
		}
		return jt, nil, err
	}
	return jt, ps, c.insertJobTypeRevision(ctx, tx, jt)
}

func (c *Catalog) editJobType(ctx context.Context, tx *store.Tx, jt store.JobType, edit JobTypeEdit) (store.JobType, recipe.Problems, error) {
	if other := edit; jt.IsSystem {
		other.IsPaused, other.IfMatch, other.Key, other.Spare = nil, nil, nil, false
		if !reflect.ValueOf(other).IsZero() {
			return jt, nil, refusal.Errorf(refusal.Invalid, "Job type %s %s is the system's own: only is_paused of it can be changed", jt.Name, jt.Version)
		}
	}
	raw := jt.Manifest
	if usecase.Given(edit.Manifest) {
		raw = edit.Manifest
	}
	m, err := parseManifest(raw)
	if err != nil {
		return jt, nil, err
	}
	if m.Job.Name != jt.Name || m.Job.JobVersion != jt.Version {
		return jt, nil, refusal.Errorf(refusal.Invalid, "The manifest is of %s %s, but the job type is %s %s: name and version of a job type never change",
			m.Job.Name, m.Job.JobVersion, jt.Name, jt.Version)
	}
	configuration, secret := edit.Configuration, []string(nil)
	if usecase.Given(edit.Manifest) && !usecase.Given(edit.Configuration) { // it has to fit the new manifest
		if configuration, secret, err = c.ownConfiguration(jt); err != nil {
			return jt, nil, err
		}
	}
	var ps recipe.Problems
	if usecase.Given(edit.Manifest) || usecase.Given(edit.Configuration) {
		if jt.Configuration, ps, err = c.checkConfiguration(ctx, tx, configuration, m, true, secret...); err != nil {
			return jt, nil, err
		}
		if err := refusal.Of(refusal.Invalid, "Job type configuration invalid: ", ps); err != nil {
			return jt, nil, err
		}
	}
	if usecase.Given(edit.Retry) {
		jt.Retry = edit.Retry
	}
	if jt.Retry, err = checkRetry(jt.Retry, m); err != nil { // the one that there is has to fit the new manifest
		return jt, nil, err
	}
	now := c.NowAfter(jt.LastModified)
	usecase.Set(&jt.DockerImage, edit.DockerImage)
	if strings.TrimSpace(jt.DockerImage) == "" {
		return jt, nil, refusal.Errorf(refusal.Invalid, "docker_image must not be empty")
	}
	if edit.DockerImage != nil { // one that was taken before stays
		if err := seed.CheckImage(jt.DockerImage); err != nil {
			return jt, nil, refusal.Errorf(refusal.Invalid, "%s", err)
		}
	}
	if edit.IconCode != nil {
		jt.IconCode = edit.IconCode
	}
	usecase.Set(&jt.IsPublished, edit.IsPublished)
	if edit.MaxScheduled != nil {
		jt.MaxScheduled = limit(edit.MaxScheduled)
	}
	if edit.IsPaused != nil && *edit.IsPaused != jt.IsPaused {
		if jt.IsPaused, jt.Paused = *edit.IsPaused, nil; jt.IsPaused {
			jt.Paused = &now
		}
	}
	activate(&jt.IsActive, &jt.Deprecated, edit.IsActive, now)
	jt.LastModified = now
	if usecase.Given(edit.Manifest) {
		jt.Title, jt.Description, jt.Manifest = m.Job.Title, m.Job.Description, edit.Manifest
		jt.RevisionNum++
		if err := c.insertJobTypeRevision(ctx, tx, jt); err != nil {
			return jt, nil, err
		}
	}
	if err := tx.Update(ctx, &jt); err != nil {
		return jt, nil, err
	}
	w, err := c.updateUsers(ctx, tx, jt, edit)
	return jt, append(ps, w...), err
}

// updateUsers changes the recipe types that use an edited job type, and those that
// contain them.
func (c *Catalog) updateUsers(ctx context.Context, tx *store.Tx, jt store.JobType, edit JobTypeEdit) (recipe.Problems, error) {
	raise := usecase.Given(edit.Manifest) && (edit.AutoUpdate == nil || *edit.AutoUpdate)
	deactivate := edit.IsActive != nil && !*edit.IsActive
	if !raise && !deactivate {
		return nil, nil
	}
	if err := usecase.Serialize(ctx, tx, usecase.LockRecipeTypes); err != nil {
		return nil, err
	}
	if raise {
		users, err := tx.RecipeTypesOfJobType(ctx, jt.ID)
		if err != nil {
			return nil, err
		}
		n := newest{jobs: map[jobName]int{{jt.Name, jt.Version}: jt.RevisionNum}, recipes: map[string]int{}, spare: edit.Spare}
		if err := c.autoUpdate(ctx, tx, users, n); err != nil {
			return nil, err
		}
	}
	if !deactivate {
		return nil, nil
	}
	if edit.Spare {
		others, _, err := tx.JobTypes(ctx, store.JobTypeFilter{Names: []string{jt.Name}, IsActive: new(true)})
		if err != nil || len(others) > 0 { // jt itself is inactive by now
			return nil, err
		}
	}
	users, err := tx.RecipeTypesOfJobType(ctx, jt.ID)
	if err != nil {
		return nil, err
	}
	return c.deactivateAll(ctx, tx, users, "job type "+jt.Name+" "+jt.Version)
}

func (c *Catalog) insertJobTypeRevision(ctx context.Context, tx *store.Tx, jt store.JobType) error {
	return tx.Insert(ctx, &store.JobTypeRevision{
		JobTypeID: jt.ID, RevisionNum: jt.RevisionNum, DockerImage: jt.DockerImage, Manifest: jt.Manifest, Created: jt.LastModified,
	})
}

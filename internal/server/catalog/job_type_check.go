package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// parseManifest reads a manifest that came with a request.
func parseManifest(raw json.RawMessage) (*seed.Manifest, error) {
	if err := usecase.CheckObject("manifest", raw); err != nil {
		return nil, err
	}
	m, ps := seed.Parse(raw)
	if err := refusal.Of(refusal.Invalid, "Job type manifest invalid: ", ps); err != nil {
		return nil, err
	}
	return m, nil
}

// ownConfiguration is the configuration of a job type as a request would have it, and
// the names of its secret settings.
func (c *Catalog) ownConfiguration(jt store.JobType) (raw json.RawMessage, secret []string, err error) {
	own, err := c.sealer.OpenConfiguration(jt.Configuration)
	if err != nil || own == nil {
		return nil, nil, err
	}
	secret = own.Secret
	if m, _ := seed.Parse(jt.Manifest); m != nil { // rows that are older do not state them
		secret = append(slices.Clone(secret), m.Configurable().SecretSettings...)
	}
	stored, err := usecase.Encode(own.Configuration)
	return stored, secret, err
}

// checkConfiguration reads the configuration of a job type and holds it against the
// manifest and the workspaces. It returns the form to store and all findings. The
// settings in secret stay secret, whatever the manifest says.
func (c *Catalog) checkConfiguration(ctx context.Context, tx *store.Tx, raw json.RawMessage, m *seed.Manifest, names bool, secret ...string) (store.JSON, recipe.Problems, error) {
	if !usecase.Given(raw) {
		raw = json.RawMessage("{}")
	}
	if err := usecase.CheckObject("configuration", raw); err != nil {
		return nil, nil, err
	}
	configuration, ps := recipe.ParseJobConfiguration(raw)
	if len(ps.Errors()) > 0 {
		return nil, ps, nil
	}
	more, err := c.CheckConfigured(ctx, tx, configuration, m, names)
	if err != nil {
		return nil, nil, err
	}
	stored, err := c.sealer.SealConfiguration(configuration, append(secret, m.Configurable().SecretSettings...))
	return stored, append(slices.Clone(ps), more...), err
}

// CheckConfigured holds a configuration against a manifest, the mounts that are allowed and
// the workspaces, in the order of the original. With names it says which mounts there are.
func (c *Catalog) CheckConfigured(ctx context.Context, tx *store.Tx, configuration recipe.Configuration, m *seed.Manifest, names bool) (recipe.Problems, error) {
	ps := c.folders.CheckMounts(configuration, m.Configurable().Mounts, names)
	check := func(name string, at ...string) error {
		if name == "" {
			return nil
		}
		ws, err := tx.WorkspaceByName(ctx, name)
		problem := recipe.Problem{Path: recipe.Path{"output_workspaces"}.At(at...)}
		switch {
		case errors.Is(err, store.ErrNotFound):
			problem.Code, problem.Message = recipe.InvalidWorkspace, fmt.Sprintf("No workspace named '%s' exists", name)
		case err != nil:
			return err
		case !ws.IsActive:
			problem.Code, problem.Message = recipe.DeprecatedWorkspace, fmt.Sprintf("Workspace '%s' is inactive", name)
			problem.Warning = true
		default:
			return nil
		}
		ps = append(ps, problem)
		return nil
	}
	if err := check(configuration.OutputWorkspaces.Default, "default"); err != nil {
		return nil, err
	}
	for _, output := range usecase.SortedKeys(configuration.OutputWorkspaces.Outputs) {
		if err := check(configuration.OutputWorkspaces.Outputs[output], "outputs", output); err != nil {
			return nil, err
		}
	}
	return append(ps, configuration.Check(m.Configurable())...), nil
}

func checkMaxScheduled(n *int) error {
	if n == nil {
		return nil
	}
	if err := seed.CheckMaxScheduled(int64(*n)); err != nil {
		return refusal.Errorf(refusal.Invalid, "%s", err)
	}
	return nil
}

// checkRetry reads a retry and returns the form to store: none for a single try.
func checkRetry(raw json.RawMessage, m *seed.Manifest) (store.JSON, error) {
	if !usecase.Given(raw) {
		return nil, nil
	}
	if err := usecase.CheckObject("retry", raw); err != nil {
		return nil, err
	}
	retry, ps := recipe.ParseRetry(raw)
	if len(ps) == 0 {
		ps = retry.CheckErrors(m.Interface().Errors)
	}
	if err := refusal.Of(refusal.Invalid, "Job type retry invalid: ", ps); err != nil || retry.Tries == 1 {
		return nil, err
	}
	return usecase.Encode(retry)
}

// limit makes 0 "no limit".
func limit(n *int) *int {
	if n == nil || *n == 0 {
		return nil
	}
	return n
}

package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
	"github.com/recipe-galley/terraform-provider-galley/internal/workspace"
)

// Names of what can be wrong with the configuration of a workspace (contract 1.6),
// beside those that other documents share.
const (
	invalidBroker recipe.Code = "INVALID_BROKER"
	brokerType    recipe.Code = "broker_type"
)

// ParseWorkspaceConfiguration reads {"broker": {"type": "host", "host_path": "…"}}
// (contract 1.6). Of the original's brokers only host is here.
func ParseWorkspaceConfiguration(raw json.RawMessage) (Broker, recipe.Problems) {
	var b Broker
	wrong := func(code recipe.Code, at recipe.Path, format string, args ...any) (Broker, recipe.Problems) {
		return b, recipe.Problems{{Path: at, Code: code, Message: fmt.Sprintf(format, args...)}}
	}
	var c map[string]json.RawMessage
	if err := json.Unmarshal(raw, &c); err != nil {
		return wrong(recipe.InvalidConfiguration, nil, "%s", err)
	}
	if v := c["version"]; usecase.Given(v) && !slices.Contains([]string{`"6"`, `"7"`, `"1.0"`}, string(v)) {
		return wrong(recipe.InvalidVersion, recipe.Path{"version"}, "version: found %s, expected \"6\" or \"7\"", v)
	}
	const form = `expected {"broker": {"type": "host", "host_path": "..."}}`
	var members map[string]json.RawMessage
	if err := json.Unmarshal(c["broker"], &members); err != nil || len(members) == 0 {
		return wrong(recipe.InvalidConfiguration, recipe.Path{"broker"}, form)
	}
	if err := json.Unmarshal(members["type"], &b.Type); err != nil || b.Type == "" {
		return wrong(recipe.InvalidConfiguration, recipe.Path{"broker", "type"}, form)
	}
	if b.Type != hostBroker {
		return wrong(invalidBroker, recipe.Path{"broker", "type"}, "broker type %q is not supported; use %q", b.Type, hostBroker)
	}
	at := recipe.Path{"broker", "host_path"}
	if path := members["host_path"]; usecase.Given(path) {
		if err := json.Unmarshal(path, &b.HostPath); err != nil {
			return wrong(recipe.InvalidConfiguration, at, "broker.host_path: found %s, expected a string", path)
		}
	}
	if err := workspace.CheckFolder(b.HostPath); err != nil {
		return wrong(recipe.InvalidConfiguration, at, "broker.host_path: %s", err)
	}
	return b, nil
}

// ValidateWorkspace returns everything that is wrong or doubtful with a workspace to
// be created, or, if name is that of one, to be edited. It creates nothing. With names
// it says which folders there are, see [recipe.HostFolders]. The error is for other failures.
func (c *Catalog) ValidateWorkspace(ctx context.Context, name, title string, configuration json.RawMessage, names bool) (recipe.Problems, error) {
	if err := usecase.CheckObject("configuration", configuration); err != nil {
		return nil, err
	}
	b, ps := ParseWorkspaceConfiguration(configuration)
	ps = slices.Clone(ps)
	if err := checkTitle(title, ""); err != nil {
		ps = append(ps, recipe.Problem{Path: recipe.Path{"title"}, Code: recipe.InvalidConfiguration, Message: err.Error()})
	}
	at := recipe.Path{"broker", "host_path"}
	if len(ps) == 0 {
		ps = c.folders.CheckWorkspace(b.HostPath, at, names)
	}
	folder := ""
	if len(ps) == 0 {
		root, rest, _ := c.folders.Workspace(b.HostPath)
		folder = filepath.Join(root, rest)
		if info, err := os.Stat(folder); err == nil && !info.IsDir() {
			ps = append(ps, recipe.Problem{Path: at, Code: recipe.InvalidConfiguration,
				Message: fmt.Sprintf("host_path %q is not a folder on the server", b.HostPath)})
		}
	}
	if name == "" || b.Type == "" {
		return ps, nil
	}
	ws, err := c.Store.WorkspaceByName(ctx, name)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	if err != nil {
		return ps, nil
	}
	if folder != "" {
		err := c.Store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return mayMove(ctx, tx, ws, folder) })
		if refused, isRefusal := errors.AsType[*refusal.Error](err); isRefusal {
			ps = append(ps, recipe.Problem{Path: at, Code: recipe.InvalidConfiguration, Message: refused.Message})
		} else if err != nil {
			return nil, err
		}
	}
	if ws.Broker != b.Type {
		ps = append(ps, recipe.Problem{Path: recipe.Path{"broker", "type"}, Code: brokerType, Warning: true,
			Message: fmt.Sprintf("The broker of workspace %s changes from %s to %s; its files stay where they are", name, ws.Broker, b.Type)})
	}
	return ps, nil
}

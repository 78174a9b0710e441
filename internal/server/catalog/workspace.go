package catalog

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strconv"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
	"github.com/recipe-galley/terraform-provider-galley/internal/workspace"
)

const (
	defaultWorkspace = "default"
	hostBroker       = "host"
)

// CreateWorkspace adds a workspace and creates its folder. The name is the slug of
// the title; if that is taken, 19 random hexadecimal digits follow (contract 1.6).
func (c *Catalog) CreateWorkspace(ctx context.Context, spec WorkspaceSpec) (store.Workspace, error) {
	if err := checkTitle(spec.Title, spec.Description); err != nil {
		return store.Workspace{}, err
	}
	if err := workspace.CheckBaseURL(spec.BaseURL); err != nil {
		return store.Workspace{}, refusal.Errorf(refusal.Invalid, "%s", err)
	}
	name, err := recipe.NameOf(spec.Title)
	if err != nil {
		return store.Workspace{}, refusal.Errorf(refusal.Invalid, "%s", err)
	}
	folder, err := c.brokerFolder(spec.Broker)
	if err != nil {
		return store.Workspace{}, err
	}
	var ws store.Workspace
	err = c.Once(ctx, spec.Key, usecase.MadeWorkspace, func(ctx context.Context, tx *store.Tx) (usecase.Made, error) {
		now := c.Now()
		ws = store.Workspace{
			Name: name, Title: spec.Title, Description: spec.Description, BaseURL: spec.BaseURL,
			IsActive: spec.IsActive, Broker: hostBroker, HostPath: folder, Created: now, LastModified: now,
		}
		if !ws.IsActive {
			ws.Deprecated = &now
		}
		existing, err := tx.WorkspaceByName(ctx, name)
		if err == nil && existing.Title == spec.Title {
			if lost, err := spec.Key.TakesOver(ctx, tx, usecase.MadeWorkspace, existing.ID); err != nil || lost {
				ws = existing
				return madeWorkspace(ws), err
			}
		}
		switch {
		case err == nil:
			ws.Name = BesideName(name)
		case !errors.Is(err, store.ErrNotFound):
			return usecase.Made{}, err
		}
		err = tx.Insert(ctx, &ws)
		return madeWorkspace(ws), err
	}, func(ctx context.Context, tx *store.Tx, key store.IdempotencyKey) (err error) {
		ws, err = tx.Workspace(ctx, key.ObjectID)
		return err
	})
	if store.IsUniqueViolation(err) {
		return ws, refusal.Errorf(refusal.Conflict, "A workspace named %q was created at the same moment: try again", name)
	}
	return ws, err
}

// EditWorkspace changes a workspace. Deactivating stamps deprecated, activating
// clears it (the original leaves it alone).
func (c *Catalog) EditWorkspace(ctx context.Context, id int64, edit WorkspaceEdit) (store.Workspace, error) {
	var folder string
	if edit.Broker != nil {
		var err error
		if folder, err = c.brokerFolder(*edit.Broker); err != nil {
			return store.Workspace{}, err
		}
	}
	var ws store.Workspace
	var none recipe.Problems
	wasActive := false
	made := func() usecase.Made { return again(madeWorkspace(ws), wasActive, ws.IsActive) }
	err := c.edited(ctx, edit.Key, usecase.EditedWorkspace, &none, made, func(ctx context.Context, tx *store.Tx) error {
		var err error
		if ws, err = tx.WorkspaceToMove(ctx, id); err != nil {
			return refusal.Found(err)
		}
		if err := edit.IfMatch.Check(ws.LastModified, "workspace "+ws.Name); err != nil {
			return err
		}
		wasActive = ws.IsActive
		usecase.Set(&ws.Title, edit.Title)
		usecase.Set(&ws.Description, edit.Description)
		usecase.Set(&ws.BaseURL, edit.BaseURL)
		if edit.BaseURL != nil { // one that was taken before stays
			if err := workspace.CheckBaseURL(ws.BaseURL); err != nil {
				return refusal.Errorf(refusal.Invalid, "%s", err)
			}
		}
		if err := checkTitle(ws.Title, ws.Description); err != nil {
			return err
		}
		if edit.Broker != nil {
			if err := mayMove(ctx, tx, ws, folder); err != nil {
				return err
			}
			ws.HostPath = folder
		}
		now := c.NowAfter(ws.LastModified)
		activate(&ws.IsActive, &ws.Deprecated, edit.IsActive, now)
		ws.LastModified = now
		return tx.Update(ctx, &ws)
	}, func(ctx context.Context, tx *store.Tx, id int64) (err error) {
		ws, err = tx.Workspace(ctx, id)
		return err
	})
	return ws, err
}

func madeWorkspace(ws store.Workspace) usecase.Made {
	return usecase.Made{ID: ws.ID, Name: strconv.FormatInt(ws.ID, 10)}
}

// again says of an edit whether it has taken an inactive thing into use.
func again(m usecase.Made, wasActive, isActive bool) usecase.Made {
	m.Again = !wasActive && isActive
	return m
}

// EnsureDefaults makes sure that the workspace "default" exists.
func (c *Catalog) EnsureDefaults(ctx context.Context) error {
	folder, err := c.brokerFolder(Broker{Type: hostBroker, HostPath: defaultWorkspace})
	if err != nil {
		return err
	}
	err = c.Store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.WorkspaceByName(ctx, defaultWorkspace)
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		now := c.Now()
		return tx.Insert(ctx, &store.Workspace{
			Name: defaultWorkspace, Title: "Default", Description: "Where files go unless said otherwise",
			IsActive: true, Broker: hostBroker, HostPath: folder, Created: now, LastModified: now,
		})
	})
	if store.IsUniqueViolation(err) {
		return nil // another server has just done it
	}
	return err
}

// brokerFolder checks a broker and creates its folder, whose absolute path it
// returns. It lies in one of the server's roots, also with all links resolved.
func (c *Catalog) brokerFolder(b Broker) (string, error) {
	const prefix = "Workspace configuration invalid: "
	if b.Type != hostBroker {
		return "", refusal.Errorf(refusal.Invalid, prefix+"broker type %q is not supported; use %q", b.Type, hostBroker)
	}
	folder, err := c.workspaceFolder(b)
	if refused, isRefusal := errors.AsType[*refusal.Error](err); isRefusal {
		refused.Message = prefix + refused.Message
	}
	if err != nil {
		return "", err
	}
	root, err := c.OpenFolder(folder, true)
	if err != nil {
		return "", &refusal.Error{Code: refusal.Invalid, Message: prefix + "cannot create the folder " + folder + " on the server", Err: err}
	}
	defer root.Close()
	if err := probe(root); err != nil {
		return "", &refusal.Error{Code: refusal.Invalid, Message: prefix + "the server cannot write to the folder " + folder, Err: err}
	}
	return folder, nil
}

// mayMove refuses to move a workspace under its files: they would be gone, and what lies
// at their names in the other folder would be taken for them.
func mayMove(ctx context.Context, tx *store.Tx, ws store.Workspace, to string) error {
	if to == ws.HostPath {
		return nil
	}
	n, err := tx.CountLiveFiles(ctx, ws.ID)
	if err != nil || n == 0 {
		return err
	}
	return refusal.Errorf(refusal.Conflict, "Workspace %s has %d files that are not deleted, so it cannot be moved to %s: purge them first, or make another workspace",
		ws.Name, n, to)
}

// CheckTitle refuses a title or a description that is too long, and a title that is none.
func CheckTitle(title, description string) error { return checkTitle(title, description) }

func checkTitle(title, description string) error {
	err := recipe.CheckTitle(title)
	if err == nil {
		err = recipe.CheckDescription(description)
	}
	if err != nil {
		return refusal.Errorf(refusal.Invalid, "%s", err)
	}
	return nil
}

// activate applies a change of is_active and keeps deprecated in step with it.
func activate(active *bool, deprecated **store.Time, v *bool, now store.Time) {
	if v == nil || *v == *active {
		return
	}
	*active, *deprecated = *v, nil
	if !*v {
		*deprecated = &now
	}
}

// BesideName is a name for what cannot have its own, as that is taken (contract 1.6).
func BesideName(name string) string { return name + "-" + randomHex(19) }

func randomHex(digits int) string {
	b := make([]byte, (digits+1)/2)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)[:digits]
}

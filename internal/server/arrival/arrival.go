package arrival

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/recipe-galley/terraform-provider-galley/internal/ingest"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/seal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// A Desk offers the use cases of strikes, scans and ingests.
type Desk struct {
	*usecase.Base
	engine  *engine.Engine
	catalog *catalog.Catalog
	sealer  *seal.Sealer
}

// New makes a desk that works with an engine. That has to know Builtins.
func New(e *engine.Engine) *Desk {
	return &Desk{Base: e.Base, engine: e, catalog: e.Catalog(), sealer: e.Sealer}
}

// Spec describes a new strike or scan (contract D3, D4).
type Spec struct {
	Title         string
	Description   string
	Configuration json.RawMessage
	Key           *usecase.IdempotencyKey
}

// Edit changes a strike or a scan; nil, and of texts what is empty, leaves a member as it is.
type Edit struct {
	Title         *string
	Description   *string
	Configuration json.RawMessage // {} leaves it as it is, too
	IfMatch       usecase.IfMatch
	Key           *usecase.IdempotencyKey
}

// clean drops what counts as not given.
func (e *Edit) clean() {
	for _, text := range []**string{&e.Title, &e.Description} {
		if *text != nil && **text == "" {
			*text = nil
		}
	}
	if !usecase.Given(e.Configuration) || usecase.IsEmptyObject(e.Configuration) {
		e.Configuration = nil
	}
}

// prefix begins the refusals of a kind's configurations.
func prefix(kind ingest.Kind) string {
	return map[ingest.Kind]string{ingest.Strike: "Strike configuration invalid: ", ingest.Scan: "Scan configuration invalid: "}[kind]
}

// Configuration reads one that was stored.
func (d *Desk) Configuration(kind ingest.Kind, stored store.JSON) (ingest.Configuration, error) {
	raw, err := d.sealer.OpenParameters(stored)
	if err != nil {
		return ingest.Configuration{}, fmt.Errorf("reading the configuration of a %s: %w", kind, err)
	}
	c, ps := ingest.Parse(kind, raw)
	return c, ps.Err()
}

// stored writes a configuration for the database, which is encrypted, as it may have credentials.
func (d *Desk) stored(c ingest.Configuration) (store.JSON, error) {
	raw, err := usecase.Encode(c)
	if err != nil {
		return nil, err
	}
	return d.sealer.SealParameters(raw)
}

// parse reads a configuration of a request, whose names are still to be looked up.
func (d *Desk) parse(kind ingest.Kind, raw json.RawMessage) (ingest.Configuration, error) {
	if err := usecase.CheckObject("configuration", raw); err != nil {
		return ingest.Configuration{}, err
	}
	c, ps := ingest.Parse(kind, raw)
	return c, refusal.Of(refusal.Invalid, prefix(kind), ps)
}

// Validate is everything that is wrong or doubtful with a configuration; the error is for other failures.
func (d *Desk) Validate(ctx context.Context, kind ingest.Kind, raw json.RawMessage) (recipe.Problems, error) {
	if err := usecase.CheckObject("configuration", raw); err != nil {
		return nil, err
	}
	c, ps := ingest.Parse(kind, raw)
	if len(ps.Errors()) > 0 {
		return ps, nil
	}
	err := d.Store.View(ctx, func(ctx context.Context, q store.Q) error {
		found, err := d.lookUp(ctx, q, c)
		ps = append(ps, found...)
		return err
	})
	return ps, err
}

// lookUp finds what is wrong with the recipe type and the workspaces that a configuration names.
func (d *Desk) lookUp(ctx context.Context, q store.Q, c ingest.Configuration) (recipe.Problems, error) {
	ps, err := d.lookUpRecipe(ctx, q, c)
	if err != nil {
		return nil, err
	}
	for _, w := range c.Workspaces() {
		ws, err := q.WorkspaceByName(ctx, w.Name)
		if errors.Is(err, store.ErrNotFound) {
			ps = append(ps, recipe.Problem{Path: w.At, Code: c.Kind.Code(), Message: fmt.Sprintf("%s: Unknown workspace name: %s", w.At, w.Name)})
			continue
		}
		if err != nil {
			return nil, err
		}
		ps = append(ps, c.CheckWorkspace(w, ws.Broker, ws.IsActive)...)
	}
	return ps, nil
}

func (d *Desk) lookUpRecipe(ctx context.Context, q store.Q, c ingest.Configuration) (ps recipe.Problems, err error) {
	if c.Recipe == nil {
		return nil, nil
	}
	at := recipe.Path{"recipe", "name"}
	add := func(code recipe.Code, format string, args ...any) {
		ps = append(ps, recipe.Problem{Path: at, Code: code, Message: at.String() + ": " + fmt.Sprintf(format, args...), Warning: code != c.Kind.Code()})
	}
	rt, err := q.RecipeTypeByName(ctx, c.Recipe.Name)
	if errors.Is(err, store.ErrNotFound) {
		add(c.Kind.Code(), "Recipe Type %s does not exist", c.Recipe.Name)
		return ps, nil
	}
	if err != nil {
		return nil, err
	}
	num := c.Recipe.Revision
	if num == 0 {
		num = rt.RevisionNum
	}
	row, err := q.RecipeTypeRevision(ctx, rt.ID, num)
	if errors.Is(err, store.ErrNotFound) {
		at = recipe.Path{"recipe", "revision_num"}
		add(c.Kind.Code(), "Recipe Type %s has no revision %d; its latest is %d", rt.Name, num, rt.RevisionNum)
		return ps, nil
	}
	if err != nil {
		return nil, err
	}
	rev, err := d.catalog.RecipeRevision(ctx, q, row.ID)
	if err != nil {
		return nil, err
	}
	input, err := ingest.Input(rev.Definition.Input)
	switch {
	case err != nil:
		add(c.Kind.Code(), "Recipe Type %s cannot be run over an arriving file: %s", rt.Name, err)
	case input == "":
		add(ingest.RecipeWithoutInput, "Recipe Type %s has no inputs, so it is not run", rt.Name)
	}
	if !rt.IsActive {
		add(ingest.InactiveRecipe, "Recipe Type %s is inactive, so it is not run until it is activated", rt.Name)
	}
	return ps, nil
}

// check is lookUp that refuses what is wrong.
func (d *Desk) check(ctx context.Context, tx *store.Tx, c ingest.Configuration) error {
	ps, err := d.lookUp(ctx, tx.Q, c)
	if err != nil {
		return err
	}
	return refusal.Of(refusal.Invalid, prefix(c.Kind), ps)
}

// nameOf is the name of a title, which is checked.
func nameOf(title, description string) (string, error) {
	if err := catalog.CheckTitle(title, description); err != nil {
		return "", err
	}
	name, err := recipe.NameOf(title)
	if err != nil {
		return "", refusal.Errorf(refusal.Invalid, "%s", err)
	}
	return name, nil
}

func made(id int64) usecase.Made { return usecase.Made{ID: id, Name: strconv.FormatInt(id, 10)} }

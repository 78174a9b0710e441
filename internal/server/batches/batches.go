package batches

import (
	"unicode/utf8"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// A Maker offers the use cases of data sets and batches and, as long as its engine runs, makes the recipes of batches.
type Maker struct {
	*usecase.Base
	engine  *engine.Engine
	catalog *catalog.Catalog
	begun   chan struct{} // has an element if there may be a new batch
}

// New prepares a maker, which starts and stops with the engine.
func New(e *engine.Engine) *Maker {
	m := &Maker{Base: e.Base, engine: e, catalog: e.Catalog(), begun: make(chan struct{}, 1)}
	e.Also(m.loop)
	return m
}

// checkNames refuses a title or a description that is too long. Both may be absent, or empty.
func checkNames(prefix string, title, description *string) error {
	if title != nil && utf8.RuneCountInString(*title) > recipe.MaxTitle {
		return refusal.Errorf(refusal.Invalid, "%sThe title has %d characters; at most %d are allowed", prefix, utf8.RuneCountInString(*title), recipe.MaxTitle)
	}
	if description != nil {
		if err := recipe.CheckDescription(*description); err != nil {
			return refusal.Errorf(refusal.Invalid, "%s%s", prefix, err)
		}
	}
	return nil
}

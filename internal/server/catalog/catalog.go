package catalog

import (
	"github.com/recipe-galley/terraform-provider-galley/internal/server/seal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// Catalog offers the use cases of types, workspaces and files.
type Catalog struct {
	*usecase.Base
	sealer    *seal.Sealer
	dataDir   string // relative workspaces lie in its "workspaces"
	revisions revisions
}

// New makes a catalog. DataDir is an absolute path.
func New(base *usecase.Base, sealer *seal.Sealer, dataDir string) *Catalog {
	return &Catalog{Base: base, sealer: sealer, dataDir: dataDir}
}

package catalog

import (
	"github.com/recipe-galley/terraform-provider-galley/internal/server/seal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// Catalog offers the use cases of types, workspaces and files.
type Catalog struct {
	*usecase.Base
	*Host
	sealer    *seal.Sealer
	maxNodes  int64 // of a recipe with those of its sub-recipes; 0: no limit
	revisions revisions
}

// New makes a catalog of what lies in the folders of host. A recipe may have maxNodes nodes
// with those of its sub-recipes; 0 is no limit.
func New(base *usecase.Base, sealer *seal.Sealer, host *Host, maxNodes int64) *Catalog {
	return &Catalog{Base: base, Host: host, sealer: sealer, maxNodes: maxNodes}
}

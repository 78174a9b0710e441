package catalog

import (
	"path"

	"github.com/recipe-galley/terraform-provider-galley/internal/workspace"
)

// hiddenName is where the bytes of the file at p lie until they are complete:
// beside it, under a name that no file can have.
func hiddenName(p string) string {
	return path.Join(path.Dir(p), workspace.HiddenPrefix+randomHex(24))
}

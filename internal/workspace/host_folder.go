package workspace

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// Codes of folders that a backend does not let its users name.
const (
	ForeignFolder recipe.Code = "FOLDER_NOT_ALLOWED"
	ForeignMount  recipe.Code = "MOUNT_NOT_ALLOWED"
)

// HostFolders are the folders of a backend's machine that its users may name. All paths
// are absolute and clean. It knows nothing of links: whoever opens a folder resolves them.
type HostFolders struct {
	Workspaces []string    // roots of workspaces; a relative folder lies in the first
	Mounts     []HostMount // what configurations may mount
}

// HostMount is a folder that configurations may mount, as a whole or in part.
type HostMount struct {
	Name     string
	Path     string
	Writable bool // if the manifest says rw, too
}

// ParseHostMount reads NAME=PATH[:rw], an allowed mount as an administrator writes it.
func ParseHostMount(text string) (HostMount, error) {
	name, folder, ok := strings.Cut(text, "=")
	m := HostMount{Name: name}
	m.Path, m.Writable = strings.CutSuffix(folder, ":rw")
	m.Path = strings.TrimSuffix(m.Path, ":ro")
	if !ok || strings.TrimSpace(name) == "" || !filepath.IsAbs(m.Path) {
		return m, fmt.Errorf("found %q, expected NAME=PATH[:rw] with an absolute path, such as dem=/srv/dem", text)
	}
	return m, nil
}

// Within is the way from root to folder, "." for root itself; not ok if folder lies
// elsewhere. Both are absolute or both relative.
func Within(folder, root string) (rest string, ok bool) {
	rest, err := filepath.Rel(root, folder)
	if err != nil || rest == ".." || strings.HasPrefix(rest, ".."+string(filepath.Separator)) {
		return "", false
	}
	return rest, true
}

// Overlap tells whether one of two folders lies in the other, or both are the same.
func Overlap(a, b string) bool {
	_, in := Within(a, b)
	_, around := Within(b, a)
	return in || around
}

// Workspace is the root that the folder of a workspace lies in, and the way from there; not
// ok if it lies in none. A relative folder, see [CheckFolder], lies in the first root.
func (h HostFolders) Workspace(folder string) (root, rest string, ok bool) {
	if !filepath.IsAbs(folder) {
		if len(h.Workspaces) == 0 {
			return "", "", false
		}
		folder = filepath.Join(h.Workspaces[0], folder)
	}
	for _, root := range h.Workspaces {
		if rest, ok := Within(filepath.Clean(folder), root); ok {
			return root, rest, true
		}
	}
	return "", "", false
}

// CheckWorkspace holds the folder of a workspace against the roots. With names it says which
// there are; those are for people who may edit workspaces. At is where the folder is stated.
func (h HostFolders) CheckWorkspace(folder string, at recipe.Path, names bool) recipe.Problems {
	if _, _, ok := h.Workspace(folder); ok {
		return nil
	}
	message := fmt.Sprintf("%s: the folder %q is outside of what the backend has for workspaces", at, folder)
	if names {
		message += fmt.Sprintf(": use a relative path, or one in %s (galleyd's --workspace-root says which)", recipe.Quoted(h.Workspaces, "or"))
	}
	return recipe.Problems{{Path: at, Code: ForeignFolder, Message: message}}
}

// Mount is the allowed mount that a folder lies in, the writable one of several; not ok if
// it lies in none.
func (h HostFolders) Mount(folder string) (m HostMount, ok bool) {
	for _, candidate := range h.Mounts {
		if _, in := Within(filepath.Clean(folder), candidate.Path); in && (!ok || candidate.Writable) {
			m, ok = candidate, true
		}
	}
	return m, ok
}

// CheckMounts holds the host folders of a configuration against the allowed mounts. Those
// that no manifest declares are not looked at: nothing is mounted there. With names it says
// which there are; those are for people who may edit types.
func (h HostFolders) CheckMounts(c recipe.Configuration, declared []string, names bool) recipe.Problems {
	var ps recipe.Problems
	for _, name := range slices.Sorted(maps.Keys(c.Mounts)) {
		m := c.Mounts[name]
		if !slices.Contains(declared, name) || m.Type != recipe.HostMountType || !filepath.IsAbs(m.HostPath) {
			continue // the last is a finding of the configuration itself
		}
		if _, ok := h.Mount(m.HostPath); ok {
			continue
		}
		at := recipe.Path{"mounts", name, "host_path"}
		message := fmt.Sprintf("%s: the folder '%s' is not one that the backend lets jobs mount", at, recipe.Shorten(m.HostPath))
		if names {
			message += ": " + h.allowedMounts()
		}
		ps = append(ps, recipe.Problem{Path: at, Code: ForeignMount, Message: message})
	}
	return ps
}

func (h HostFolders) allowedMounts() string {
	if len(h.Mounts) == 0 {
		return "it allows none; its administrator can with galleyd's --mount NAME=PATH[:rw]"
	}
	var allowed []string
	for _, m := range h.Mounts {
		mode := "read-only"
		if m.Writable {
			mode = "read-write"
		}
		allowed = append(allowed, fmt.Sprintf("%s (%s, %s)", m.Path, m.Name, mode))
	}
	slices.Sort(allowed)
	return "it allows " + strings.Join(allowed, ", ") + " and what is in there"
}

package catalog

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/workspace"
)

// WorkspacesFolder is where workspaces lie within the data folder.
const WorkspacesFolder = "workspaces"

// Host is what use cases may reach of this machine's folders.
type Host struct {
	folders workspace.HostFolders // as the administrator has written them
	real    workspace.HostFolders // the same with links resolved
}

// NewHost checks the folders that users may name. Without any root, workspaces lie in the
// data folder's "workspaces", which always is one. Nothing else may overlap the data folder or
// what is reserved: files with the server's own secrets.
func NewHost(dataDir string, folders workspace.HostFolders, reserved ...string) (*Host, error) {
	own := filepath.Join(dataDir, WorkspacesFolder)
	h := &Host{}
	private := append([]string{dataDir}, reserved...)
	for i := range private {
		var err error
		if private[i], err = resolve(private[i]); err != nil {
			return nil, err
		}
	}
	apart := func(given, what string) (folder, real string, err error) {
		if folder, err = filepath.Abs(given); err != nil {
			return "", "", fmt.Errorf("%s %s: %w", what, given, err)
		}
		if real, err = resolve(folder); err != nil {
			return "", "", fmt.Errorf("%s %s: %w", what, given, err)
		}
		for _, p := range private {
			if workspace.Overlap(real, p) {
				return "", "", fmt.Errorf("%s %s overlaps %s, which is the server's own: whoever may write there could become "+
					"an administrator; name a folder apart from it", what, given, p)
			}
		}
		return folder, real, nil
	}
	for _, p := range private[1:] {
		if workspace.Overlap(own, p) {
			return nil, fmt.Errorf("%s is the server's own, and lies in %s, where editors may write: move it", p, own)
		}
	}
	for _, given := range folders.Workspaces {
		if given == own {
			continue // it is added below
		}
		folder, real, err := apart(given, "workspace root")
		if err != nil {
			return nil, err
		}
		if info, err := os.Stat(real); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("workspace root %s is not a folder: make it first (%w)", given, errors.Join(err, fs.ErrNotExist))
		}
		h.folders.Workspaces, h.real.Workspaces = append(h.folders.Workspaces, folder), append(h.real.Workspaces, real)
	}
	real, err := resolve(own)
	if err != nil {
		return nil, fmt.Errorf("finding the workspaces of the data folder: %w", err)
	}
	h.folders.Workspaces, h.real.Workspaces = append(h.folders.Workspaces, own), append(h.real.Workspaces, real)
	for _, m := range folders.Mounts {
		folder, real, err := apart(m.Path, "mount "+m.Name)
		if err != nil {
			return nil, err
		}
		h.folders.Mounts = append(h.folders.Mounts, workspace.HostMount{Name: m.Name, Path: folder, Writable: m.Writable})
		h.real.Mounts = append(h.real.Mounts, workspace.HostMount{Name: m.Name, Path: real, Writable: m.Writable})
	}
	return h, nil
}

// Folders are those that users may name.
func (h *Host) Folders() workspace.HostFolders { return h.folders }

// workspaceFolder is where a broker keeps its files, as an absolute path in a root.
func (h *Host) workspaceFolder(b Broker) (string, error) {
	if err := workspace.CheckFolder(b.HostPath); err != nil {
		return "", refusal.Errorf(refusal.Invalid, "broker.host_path: %s", err)
	}
	at := recipe.Path{"broker", "host_path"}
	if err := refusal.Of(refusal.Invalid, "", h.folders.CheckWorkspace(b.HostPath, at, true)); err != nil {
		return "", err
	}
	root, rest, _ := h.folders.Workspace(b.HostPath)
	return filepath.Join(root, rest), nil
}

// OpenFolder opens the folder of a workspace, and makes it first if that is wanted. No link leads
// out of its root, whoever put it there and whenever.
func (h *Host) OpenFolder(folder string, makeIt bool) (*os.Root, error) {
	at, rest, ok := h.folders.Workspace(folder)
	if !ok {
		if at, rest, ok = h.real.Workspace(folder); !ok {
			return nil, errOutside
		}
	}
	if makeIt && at == h.folders.Workspaces[len(h.folders.Workspaces)-1] {
		if err := os.MkdirAll(at, 0o750); err != nil {
			return nil, err
		}
	}
	root, err := os.OpenRoot(at)
	if err != nil || rest == "." {
		return root, err
	}
	defer root.Close()
	if makeIt {
		if err := root.MkdirAll(rest, 0o750); err != nil {
			return nil, err
		}
	}
	return root.OpenRoot(rest)
}

// errOutside is why the folder of a workspace is not opened.
var errOutside = errors.New("its folder is outside of the folders that this server has for workspaces; whoever runs it can add one with --workspace-root")

// OpenWorkspace opens the folder of a workspace.
func (h *Host) OpenWorkspace(ws store.Workspace) (*os.Root, error) { return h.openWorkspace(ws) }

// openWorkspace opens the folder of a workspace.
func (h *Host) openWorkspace(ws store.Workspace) (*os.Root, error) {
	root, err := h.OpenFolder(ws.HostPath, false)
	if errors.Is(err, errOutside) {
		return nil, &refusal.Error{Code: refusal.Conflict, Message: fmt.Sprintf("Workspace %s cannot be used: %s", ws.Name, err)}
	}
	if err != nil {
		return nil, fmt.Errorf("opening workspace %s: %w", ws.Name, err)
	}
	return root, nil
}

// WorkspaceFolder is the folder of a workspace without any links in it, for those who
// cannot take an open one. It lies in a root.
func (h *Host) WorkspaceFolder(ws store.Workspace) (string, error) {
	root, err := h.openWorkspace(ws)
	if err != nil {
		return "", err
	}
	defer root.Close()
	real, err := resolve(ws.HostPath)
	if err != nil {
		return "", fmt.Errorf("finding workspace %s: %w", ws.Name, err)
	}
	if _, _, ok := h.real.Workspace(real); !ok {
		return "", &refusal.Error{Code: refusal.Conflict, Message: fmt.Sprintf("Workspace %s cannot be used: %s", ws.Name, errOutside)}
	}
	return real, nil
}

// MountFolder is a folder to mount without any links in it, and whether jobs may write
// there. It lies in an allowed mount, also with all links resolved.
func (h *Host) MountFolder(folder string) (real string, writable bool, err error) {
	m, ok := h.folders.Mount(folder)
	if !ok {
		return "", false, fmt.Errorf("%s is not in a folder that this server lets jobs mount", folder)
	}
	if real, err = resolve(folder); err != nil {
		return "", false, err
	}
	resolved, ok := h.real.Mount(real)
	if !ok {
		return "", false, fmt.Errorf("%s leads by a symbolic link to where this server lets jobs mount nothing", folder)
	}
	return real, m.Writable && resolved.Writable, nil
}

// resolve follows all links of a path whose end may be missing.
func resolve(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return real, err
	}
	parent := filepath.Dir(path)
	if parent == path {
		return path, nil
	}
	if parent, err = resolve(parent); err != nil {
		return "", err
	}
	return filepath.Join(parent, filepath.Base(path)), nil
}

// probe finds out whether files can be written to a folder.
func probe(root *os.Root) error {
	name := workspace.HiddenPrefix + rand.Text()
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), root.Remove(name))
}

package catalog_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/workspace"
)

func TestUploadFileRefuses(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		ws, err := k.Store.WorkspaceByName(t.Context(), "default")
		if err != nil {
			t.Fatal(err)
		}
		outside := t.TempDir()
		if err := os.Symlink(outside, filepath.Join(ws.HostPath, "link")); err != nil {
			t.Fatal(err)
		}
		k.File(t, "folder/file", "x")
		if _, err := k.CreateWorkspace(t.Context(), catalog.WorkspaceSpec{Title: "Closed", Broker: catalog.Broker{"host", "closed"}}); err != nil {
			t.Fatal(err)
		}
		for _, tc := range []struct {
			name string
			spec catalog.FileSpec
			code refusal.Code
		}{
			{"an empty path", catalog.FileSpec{Path: ""}, refusal.Invalid},
			{"an absolute path", catalog.FileSpec{Path: "/etc/passwd"}, refusal.Invalid},
			{"a path up and out", catalog.FileSpec{Path: "../../x"}, refusal.Invalid},
			{"a path up and in again", catalog.FileSpec{Path: "a/../b"}, refusal.Invalid},
			{"a path with .", catalog.FileSpec{Path: "a/./b"}, refusal.Invalid},
			{"a path with an empty part", catalog.FileSpec{Path: "a//b"}, refusal.Invalid},
			{"a path of a folder", catalog.FileSpec{Path: "a/"}, refusal.Invalid},
			{"a path with a backslash", catalog.FileSpec{Path: `a\..\b`}, refusal.Invalid},
			{"a path with a NUL", catalog.FileSpec{Path: "a\x00b"}, refusal.Invalid},
			{"a path with a line break", catalog.FileSpec{Path: "a\nb"}, refusal.Invalid},
			{"a path that is not UTF-8", catalog.FileSpec{Path: "a\xffb"}, refusal.Invalid},
			{"a long path", catalog.FileSpec{Path: strings.Repeat("a/", 500) + "b"}, refusal.Invalid},
			{"a long name", catalog.FileSpec{Path: strings.Repeat("a", 256)}, refusal.Invalid},
			{"a reserved name", catalog.FileSpec{Path: "a/.galley-1"}, refusal.Invalid},
			{"a path through a link that leaves the workspace", catalog.FileSpec{Path: "link/x"}, refusal.Invalid},
			{"a path below a file", catalog.FileSpec{Path: "folder/file/x"}, refusal.Invalid},
			{"a path that is a folder", catalog.FileSpec{Path: "folder"}, refusal.Conflict},
			{"an unknown workspace", catalog.FileSpec{Workspace: "nowhere", Path: "x"}, refusal.NotFound},
			{"an inactive workspace", catalog.FileSpec{Workspace: "closed", Path: "x"}, refusal.Inactive},
			{"a wrong digest", catalog.FileSpec{Path: "x", SHA256: strings.Repeat("0", 64)}, refusal.Invalid},
			{"too many bytes", catalog.FileSpec{Path: "x", MaxBytes: 3}, refusal.TooLarge},
			{"a broken media type", catalog.FileSpec{Path: "x", MediaType: "text"}, refusal.Invalid},
		} {
			t.Run(tc.name, func(t *testing.T) {
				if tc.spec.Workspace == "" {
					tc.spec.Workspace = "default"
				}
				tc.spec.Body = strings.NewReader("four")
				_, err := k.UploadFile(t.Context(), tc.spec)
				enginetest.MustRefuse(t, err, tc.code, "")
			})
		}
		if entries, err := os.ReadDir(outside); err != nil || len(entries) != 0 {
			t.Errorf("outside of the workspace: %v, %v; want nothing", entries, err)
		}
		if _, n, err := k.Store.Files(t.Context(), store.FileFilter{Paging: store.Paging{Page: 1, PageSize: 1}}); err != nil || n != 1 {
			t.Errorf("%d files, %v; want the 1 that was accepted", n, err)
		}
		if hidden := hiddenFiles(t, ws.HostPath); len(hidden) != 1 {
			t.Errorf("left behind: %v, want the bytes of the 1 file that was accepted", hidden)
		}
	})
}

// hiddenFiles are those of a workspace that only galleyd knows.
func hiddenFiles(t *testing.T, folder string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(folder, func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.Contains(p, workspace.HiddenPrefix) {
			found = append(found, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestUploadReplacesAndPurgeRemoves(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		first := k.File(t, "a/b.csv", "one\n")
		if first.MediaType != "text/csv" || first.FileName != "b.csv" || first.FileSize != 4 || first.FileType != "SOURCE" ||
			first.SHA256 != "2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806" {
			t.Errorf("file = %+v", first)
		}
		second := k.File(t, "a/b.csv", "two\n")
		if second.ID == first.ID {
			t.Error("the second upload has the id of the first")
		}
		if got, err := k.Store.File(t.Context(), first.ID); err != nil || !got.IsDeleted || got.Deleted == nil {
			t.Errorf("the first file = %+v, %v; want it deleted", got, err)
		}
		_, _, err := k.OpenFile(t.Context(), first.ID)
		enginetest.MustRefuse(t, err, refusal.NotFound, "deleted")
		r, _, err := k.OpenFile(t.Context(), second.ID)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, []byte("two\n")) {
			t.Errorf("bytes = %q, %v", got, err)
		}
		if err := k.PurgeFile(t.Context(), first.ID); err != nil { // must not touch the second
			t.Fatal(err)
		}
		if r, _, err := k.OpenFile(t.Context(), second.ID); err != nil {
			t.Errorf("after purging the first: %v", err)
		} else {
			r.Close()
		}
		if err := k.PurgeFile(t.Context(), second.ID); err != nil {
			t.Fatal(err)
		}
		_, _, err = k.OpenFile(t.Context(), second.ID)
		enginetest.MustRefuse(t, err, refusal.NotFound, "deleted")
		enginetest.MustRefuse(t, k.PurgeFile(t.Context(), 999), refusal.NotFound, "999")
	})
}

func TestWorkspaces(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		if err := k.EnsureDefaults(t.Context()); err != nil {
			t.Errorf("the second time: %v", err)
		}
		blocker := filepath.Join(k.DataDir, "workspaces", "file")
		if err := os.WriteFile(blocker, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, tc := range []struct {
			name  string
			spec  catalog.WorkspaceSpec
			words string
		}{
			{"no title", catalog.WorkspaceSpec{Broker: catalog.Broker{"host", "a"}}, "title"},
			{"a title without letters", catalog.WorkspaceSpec{Title: "?!", Broker: catalog.Broker{"host", "a"}}, "at least one ASCII letter"},
			{"another broker", catalog.WorkspaceSpec{Title: "A", Broker: catalog.Broker{"s3", "a"}}, "s3"},
			{"no folder", catalog.WorkspaceSpec{Title: "A", Broker: catalog.Broker{Type: "host"}}, "host_path"},
			{"a folder that escapes", catalog.WorkspaceSpec{Title: "A", Broker: catalog.Broker{"host", "../../a"}}, "leaves the data folder"},
			{"a folder below a file", catalog.WorkspaceSpec{Title: "A", Broker: catalog.Broker{"host", filepath.Join(blocker, "a")}}, "cannot create"},
			{"a folder of others", catalog.WorkspaceSpec{Title: "A", Broker: catalog.Broker{"host", k.DataDir}}, "outside of what the backend has for workspaces"},
		} {
			t.Run(tc.name, func(t *testing.T) {
				_, err := k.CreateWorkspace(t.Context(), tc.spec)
				enginetest.MustRefuse(t, err, refusal.Invalid, tc.words)
			})
		}
		first, err := k.CreateWorkspace(t.Context(), catalog.WorkspaceSpec{Title: "My Files", IsActive: true, Broker: catalog.Broker{"host", "mine"}})
		if err != nil || first.Name != "my-files" || first.HostPath != filepath.Join(k.DataDir, "workspaces", "mine") {
			t.Errorf("workspace = %+v, %v", first, err)
		}
		second, err := k.CreateWorkspace(t.Context(), catalog.WorkspaceSpec{Title: "My files", IsActive: true, Broker: catalog.Broker{"host", "mine"}})
		if err != nil || !strings.HasPrefix(second.Name, "my-files-") || len(second.Name) != len("my-files-")+19 {
			t.Errorf("second workspace = %+v, %v", second, err)
		}
		no, title := false, "Renamed"
		got, err := k.EditWorkspace(t.Context(), first.ID, catalog.WorkspaceEdit{Title: &title, IsActive: &no})
		if err != nil || got.Name != "my-files" || got.Title != title || got.IsActive || got.Deprecated == nil {
			t.Errorf("edited = %+v, %v", got, err)
		}
		_, err = k.EditWorkspace(t.Context(), 999, catalog.WorkspaceEdit{Title: &title})
		enginetest.MustRefuse(t, err, refusal.NotFound, "999")
	})
}

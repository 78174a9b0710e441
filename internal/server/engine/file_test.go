package engine

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

func TestUploadFileRefuses(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		ws, err := k.store.WorkspaceByName(t.Context(), "default")
		if err != nil {
			t.Fatal(err)
		}
		outside := t.TempDir()
		if err := os.Symlink(outside, filepath.Join(ws.HostPath, "link")); err != nil {
			t.Fatal(err)
		}
		k.file(t, "folder/file", "x")
		if _, err := k.CreateWorkspace(t.Context(), WorkspaceSpec{Title: "Closed", Broker: Broker{"host", "closed"}}); err != nil {
			t.Fatal(err)
		}
		for _, tc := range []struct {
			name string
			spec FileSpec
			code Code
		}{
			{"an empty path", FileSpec{Path: ""}, Invalid},
			{"an absolute path", FileSpec{Path: "/etc/passwd"}, Invalid},
			{"a path up and out", FileSpec{Path: "../../x"}, Invalid},
			{"a path up and in again", FileSpec{Path: "a/../b"}, Invalid},
			{"a path with .", FileSpec{Path: "a/./b"}, Invalid},
			{"a path with an empty part", FileSpec{Path: "a//b"}, Invalid},
			{"a path of a folder", FileSpec{Path: "a/"}, Invalid},
			{"a path with a backslash", FileSpec{Path: `a\..\b`}, Invalid},
			{"a path with a NUL", FileSpec{Path: "a\x00b"}, Invalid},
			{"a path with a line break", FileSpec{Path: "a\nb"}, Invalid},
			{"a path that is not UTF-8", FileSpec{Path: "a\xffb"}, Invalid},
			{"a long path", FileSpec{Path: strings.Repeat("a/", 500) + "b"}, Invalid},
			{"a long name", FileSpec{Path: strings.Repeat("a", 256)}, Invalid},
			{"a reserved name", FileSpec{Path: "a/.galley-1"}, Invalid},
			{"a path through a link that leaves the workspace", FileSpec{Path: "link/x"}, Invalid},
			{"a path below a file", FileSpec{Path: "folder/file/x"}, Invalid},
			{"a path that is a folder", FileSpec{Path: "folder"}, Conflict},
			{"an unknown workspace", FileSpec{Workspace: "nowhere", Path: "x"}, NotFound},
			{"an inactive workspace", FileSpec{Workspace: "closed", Path: "x"}, Inactive},
			{"a wrong digest", FileSpec{Path: "x", SHA256: strings.Repeat("0", 64)}, Invalid},
			{"too many bytes", FileSpec{Path: "x", MaxBytes: 3}, TooLarge},
			{"a broken media type", FileSpec{Path: "x", MediaType: "text"}, Invalid},
		} {
			t.Run(tc.name, func(t *testing.T) {
				if tc.spec.Workspace == "" {
					tc.spec.Workspace = "default"
				}
				tc.spec.Body = strings.NewReader("four")
				_, err := k.UploadFile(t.Context(), tc.spec)
				mustRefuse(t, err, tc.code, "")
			})
		}
		if entries, err := os.ReadDir(outside); err != nil || len(entries) != 0 {
			t.Errorf("outside of the workspace: %v, %v; want nothing", entries, err)
		}
		if _, n, err := k.store.Files(t.Context(), store.FileFilter{Paging: store.Paging{Page: 1, PageSize: 1}}); err != nil || n != 1 {
			t.Errorf("%d files, %v; want the 1 that was accepted", n, err)
		}
		err = filepath.WalkDir(ws.HostPath, func(p string, _ os.DirEntry, err error) error {
			if strings.Contains(p, recipe.HiddenPrefix) {
				t.Errorf("%s was left behind", p)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestUploadReplacesAndPurgeRemoves(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		first := k.file(t, "a/b.csv", "one\n")
		if first.MediaType != "text/csv" || first.FileName != "b.csv" || first.FileSize != 4 || first.FileType != "SOURCE" ||
			first.SHA256 != "2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806" {
			t.Errorf("file = %+v", first)
		}
		second := k.file(t, "a/b.csv", "two\n")
		if second.ID == first.ID {
			t.Error("the second upload has the id of the first")
		}
		if got, err := k.store.File(t.Context(), first.ID); err != nil || !got.IsDeleted || got.Deleted == nil {
			t.Errorf("the first file = %+v, %v; want it deleted", got, err)
		}
		_, _, err := k.OpenFile(t.Context(), first.ID)
		mustRefuse(t, err, NotFound, "deleted")
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
		mustRefuse(t, err, NotFound, "deleted")
		mustRefuse(t, k.PurgeFile(t.Context(), 999), NotFound, "999")
	})
}

func TestWorkspaces(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		if err := k.EnsureDefaults(t.Context()); err != nil {
			t.Errorf("the second time: %v", err)
		}
		blocker := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(blocker, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, tc := range []struct {
			name  string
			spec  WorkspaceSpec
			words string
		}{
			{"no title", WorkspaceSpec{Broker: Broker{"host", "a"}}, "title"},
			{"a title without letters", WorkspaceSpec{Title: "?!", Broker: Broker{"host", "a"}}, "at least one ASCII letter"},
			{"another broker", WorkspaceSpec{Title: "A", Broker: Broker{"s3", "a"}}, "s3"},
			{"no folder", WorkspaceSpec{Title: "A", Broker: Broker{Type: "host"}}, "host_path"},
			{"a folder that escapes", WorkspaceSpec{Title: "A", Broker: Broker{"host", "../../a"}}, "leaves the data folder"},
			{"a folder below a file", WorkspaceSpec{Title: "A", Broker: Broker{"host", filepath.Join(blocker, "a")}}, "cannot create"},
		} {
			t.Run(tc.name, func(t *testing.T) {
				_, err := k.CreateWorkspace(t.Context(), tc.spec)
				mustRefuse(t, err, Invalid, tc.words)
			})
		}
		first, err := k.CreateWorkspace(t.Context(), WorkspaceSpec{Title: "My Files", IsActive: true, Broker: Broker{"host", "mine"}})
		if err != nil || first.Name != "my-files" || first.HostPath != filepath.Join(k.dataDir, "workspaces", "mine") {
			t.Errorf("workspace = %+v, %v", first, err)
		}
		second, err := k.CreateWorkspace(t.Context(), WorkspaceSpec{Title: "My files", IsActive: true, Broker: Broker{"host", "mine"}})
		if err != nil || !strings.HasPrefix(second.Name, "my-files-") || len(second.Name) != len("my-files-")+19 {
			t.Errorf("second workspace = %+v, %v", second, err)
		}
		no, title := false, "Renamed"
		got, err := k.EditWorkspace(t.Context(), first.ID, WorkspaceEdit{Title: &title, IsActive: &no})
		if err != nil || got.Name != "my-files" || got.Title != title || got.IsActive || got.Deprecated == nil {
			t.Errorf("edited = %+v, %v", got, err)
		}
		_, err = k.EditWorkspace(t.Context(), 999, WorkspaceEdit{Title: &title})
		mustRefuse(t, err, NotFound, "999")
	})
}

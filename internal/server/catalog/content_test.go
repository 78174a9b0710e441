package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// contents reads a file as a download does.
func contents(t *testing.T, k *enginetest.Kitchen, id int64) string {
	t.Helper()
	r, _, err := k.OpenFile(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

// shown is what lies at a path of a workspace.
func shown(t *testing.T, ws store.Workspace, p string) string {
	t.Helper()
	got, err := os.ReadFile(filepath.Join(ws.HostPath, p))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(got)
}

func defaultWorkspace(t *testing.T, k *enginetest.Kitchen) store.Workspace {
	t.Helper()
	ws, err := k.Store.WorkspaceByName(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	return ws
}

// TestPurgeAgainstReplacement deletes a file while another one takes its place: what was
// acknowledged has its bytes, whoever was first.
func TestPurgeAgainstReplacement(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		ws := defaultWorkspace(t, k)
		for i := range 30 {
			first := k.File(t, "a/file", "first")
			want := fmt.Sprintf("second %d", i)
			var both sync.WaitGroup
			var second store.File
			both.Go(func() {
				if err := k.PurgeFile(t.Context(), first.ID); err != nil {
					t.Error(err)
				}
			})
			both.Go(func() { second = k.File(t, "a/file", want) })
			both.Wait()
			if got := contents(t, k, second.ID); got != want {
				t.Fatalf("the file that was acknowledged has the bytes %q, want %q", got, want)
			}
			if got := shown(t, ws, "a/file"); got != want {
				t.Fatalf("at its path lies %q, want %q", got, want)
			}
		}
	})
}

// TestUploadThatDiesChangesNothing has a server die before the commit of an upload, and another
// one between the commit and what follows from it.
func TestUploadThatDiesChangesNothing(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		ws := defaultWorkspace(t, k)
		now := time.Now()
		k.Catalog.Clock = func() time.Time { return now }
		file := k.File(t, "file", "acknowledged")
		stage := func(text string) *catalog.StagedFile {
			staged, err := k.Stage(t.Context(), ws, "file", strings.NewReader(text), 0)
			if err != nil {
				t.Fatal(err)
			}
			return staged
		}
		replace := func(staged *catalog.StagedFile, end error) store.File {
			f := store.File{WorkspaceID: ws.ID, FileName: "file", FilePath: "file", FileType: "SOURCE", Created: store.At(now), LastModified: store.At(now)}
			err := k.Store.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				err := k.ReplaceFile(ctx, tx, &f, staged)
				staged.Keep()
				return errors.Join(err, end)
			})
			if !errors.Is(err, end) {
				t.Fatal(err)
			}
			return f
		}
		killed := errors.New("killed before the commit")
		replace(stage("never acknowledged"), killed)
		if got := contents(t, k, file.ID) + shown(t, ws, "file"); got != "acknowledgedacknowledged" {
			t.Errorf("after a server has died before the commit: %q", got)
		}
		next := replace(stage("committed"), nil)
		if got := contents(t, k, next.ID); got != "committed" {
			t.Errorf("after a server has died behind the commit: %q", got)
		}
		old := filepath.Join(ws.HostPath, "sub", ".galley-0123456789abcdef01234567") // as earlier versions left it
		if err := errors.Join(os.Mkdir(filepath.Dir(old), 0o755), os.WriteFile(old, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
		sweep := func(after time.Duration, hidden int) {
			t.Helper()
			now = now.Add(after)
			if err := k.Sweep(t.Context(), true); err != nil {
				t.Fatal(err)
			}
			if got := hiddenFiles(t, ws.HostPath); len(got) != hidden {
				t.Errorf("there are %v, want %d files", got, hidden)
			}
			if got := contents(t, k, next.ID) + shown(t, ws, "file"); got != "committedcommitted" {
				t.Errorf("after the sweep: %q", got)
			}
		}
		sweep(0, 4)              // an upload may go on
		sweep(2*time.Hour, 2)    // the replaced file's bytes stay for a while
		sweep(25*time.Hour, 1)   // and then go
		sweep(1000*time.Hour, 1) // what lives stays
	})
}

// TestFilesOfEarlierVersions have their bytes at their paths.
func TestFilesOfEarlierVersions(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		ws := defaultWorkspace(t, k)
		old := func(p string) store.File {
			t.Helper()
			f := store.File{WorkspaceID: ws.ID, FileName: p, FilePath: p, FileType: "SOURCE", Created: store.Now(), LastModified: store.Now()}
			if err := errors.Join(os.WriteFile(filepath.Join(ws.HostPath, p), []byte("old"), 0o600), k.Store.Insert(t.Context(), &f)); err != nil {
				t.Fatal(err)
			}
			return f
		}
		purged, replaced := old("purged"), old("replaced")
		if got := contents(t, k, purged.ID); got != "old" {
			t.Errorf("read %q", got)
		}
		if err := k.PurgeFile(t.Context(), purged.ID); err != nil || shown(t, ws, "purged") != "" {
			t.Errorf("purged: %v, %q is left", err, shown(t, ws, "purged"))
		}
		next := k.File(t, "replaced", "new")
		if err := k.Sweep(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		if got := contents(t, k, next.ID) + shown(t, ws, "replaced"); got != "newnew" {
			t.Errorf("replaced: %q", got)
		}
		_, _, err := k.OpenFile(t.Context(), replaced.ID)
		enginetest.MustRefuse(t, err, refusal.NotFound, "deleted")
	})
}

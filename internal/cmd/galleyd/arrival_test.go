package main_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// TestKilledServersIngestOnce: files arrive while servers are killed, again and again, and are renamed as others
// look; each is ingested once, and one recipe is run over it.
func TestKilledServersIngestOnce(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, flags []string) {
		server := servertest.Galleyd(t, append([]string{"serve", "--listen=127.0.0.1:0", "--workers=0", "--lease=1s"}, flags...)...)
		c, work := server.Client, append([]string{"work", "--workers=2", "--lease=1s"}, flags...)
		processType(t, c, "reader", "true", `{"inputs": {"files": [{"name": "TEXT"}]}}`, `{"files": [{"name": "TEXT"}]}`, `{"TEXT": {"type": "recipe", "input": "TEXT"}}`)
		ws, err := c.CreateWorkspace(t.Context(), api.WorkspaceCreate{Title: "In", Configuration: api.WorkspaceConfiguration{Broker: api.Broker{Type: "host", HostPath: "in"}}})
		if err != nil {
			t.Fatal(err)
		}
		strike, err := c.CreateStrike(t.Context(), api.StrikeCreate{Title: "S", Configuration: json.RawMessage(`{"workspace": "in", "monitor": {"type": "dir-watcher", "transfer_suffix": "_tmp"},
			"files_to_ingest": [{"filename_regex": "moved", "new_file_path": "there"}, {"filename_regex": ".*"}], "recipe": {"name": "reader"}}`)})
		if err != nil {
			t.Fatal(err)
		}
		const files = 120
		fed := make(chan error, 1)
		go func() {
			for i := range files {
				name := filepath.Join(ws.Configuration.Broker.HostPath, fmt.Sprintf("%s-%03d.txt", []string{"moved", "stays"}[i%2], i))
				if err := os.WriteFile(name+"_tmp", []byte(fmt.Sprintf("file %d\n", i)), 0o600); err != nil {
					fed <- err
					return
				}
				time.Sleep(30 * time.Millisecond)
				if err := os.Rename(name+"_tmp", name); err != nil {
					fed <- err
					return
				}
			}
			fed <- nil
		}()
		for i := range 5 {
			first, second := servertest.Galleyd(t, work...), servertest.Galleyd(t, work...)
			time.Sleep(time.Duration(400+150*i) * time.Millisecond) // something is in the middle of whatever it is then
			first.Kill()
			second.Kill()
		}
		servertest.Galleyd(t, work...)
		servertest.Galleyd(t, work...)
		if err := <-fed; err != nil {
			t.Fatal(err)
		}
		servertest.Eventually(t, 2*time.Minute, func() error {
			done, err := c.Ingests(t.Context(), client.IngestQuery{StrikeIDs: []int64{strike.ID}, Statuses: []string{"INGESTED"}})
			recipes, recipesErr := c.Recipes(t.Context(), client.RecipeQuery{})
			if err != nil || recipesErr != nil || len(done) < files || len(recipes) < files {
				return fmt.Errorf("%d of %d files are ingested, with %d recipes: %w", len(done), files, len(recipes), errors.Join(err, recipesErr))
			}
			return nil
		})
		time.Sleep(3 * time.Second) // for what would come twice
		all, err := c.Ingests(t.Context(), client.IngestQuery{StrikeIDs: []int64{strike.ID}})
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]int{}
		for _, i := range all {
			seen[i.FileName]++
			if i.Status != "INGESTED" || i.SourceFile == nil {
				t.Errorf("%s is %s", i.FileName, i.Status)
				continue
			}
			raw, err := os.ReadFile(filepath.Join(ws.Configuration.Broker.HostPath, i.SourceFile.FilePath))
			var n int
			if _, scanErr := fmt.Sscanf(i.FileName[6:], "%d", &n); err != nil || scanErr != nil || string(raw) != fmt.Sprintf("file %d\n", n) {
				t.Errorf("%s has %q, %v", i.SourceFile.FilePath, raw, err)
			}
		}
		recipes, err := c.Recipes(t.Context(), client.RecipeQuery{})
		if err != nil || len(seen) != files || len(all) != files || len(recipes) != files {
			t.Errorf("%d files have %d ingests and %d recipes, want %d of each: %v", len(seen), len(all), len(recipes), files, err)
		}
		left, err := os.ReadDir(filepath.Join(ws.Configuration.Broker.HostPath, "ingesting"))
		if err != nil || len(left) != files/2 {
			t.Errorf("%d files lie in ingesting, want the %d that stay there: %v", len(left), files/2, err)
		}
	})
}

//go:build linux

package main_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor/containertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// startContained queues a recipe of one job in a container, which says "begin ", waits for the
// file go in its mount and then puts out one line, and waits until it has begun. open lets it go.
func startContained(t *testing.T, c *client.Client, image, gate string) (s sleeper, open func()) {
	t.Helper()
	manifest := `{"seedVersion": "1.0.0", "job": {"name": "contained", "jobVersion": "1.0.0", "packageVersion": "1.0.0", "title": "c", "description": "A job",
		"maintainer": {"name": "Kitchen", "email": "kitchen@example.com"}, "timeout": 300, "interface": {
			"command": "\"print:begin 1\" wait-for:GATE:go write:out.txt:done \"print:end 1\"",
			"mounts": [{"name": "gate", "path": "/gate"}], "outputs": {"files": [{"name": "OUT", "pattern": "out.txt"}]}}}}`
	_, err := c.CreateJobType(t.Context(), api.JobTypeCreate{DockerImage: image, Manifest: json.RawMessage(manifest), Configuration: json.RawMessage(
		`{"output_workspaces": {"default": "default"}, "mounts": {"gate": {"type": "host", "host_path": "` + gate + `"}}}`)})
	if err != nil {
		t.Fatal(err)
	}
	rt, err := c.CreateRecipeType(t.Context(), api.RecipeTypeCreate{Title: "Contained", Definition: json.RawMessage(
		`{"input": {}, "nodes": {"sleep": {"dependencies": [], "input": {},
		"node_type": {"node_type": "job", "job_type_name": "contained", "job_type_version": "1.0.0", "job_type_revision": 1}}}}`)})
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.CreateRecipe(t.Context(), api.RecipeCreate{RecipeTypeID: rt.ID, Input: json.RawMessage(`{}`)})
	if err != nil {
		t.Fatal(err)
	}
	s.recipe = r.ID
	s.waitBegun(t, c, 1)
	return s, func() {
		if err := os.WriteFile(filepath.Join(gate, "go"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// A galleyd is ended in the middle of a job that runs in a container: the job goes on, and the
// next galleyd has its one result.
func TestContainerOutlivesItsServer(t *testing.T) {
	t.Parallel()
	podman := containertest.Podman(t)
	image := fmt.Sprintf("localhost/galley-outlives:%d", os.Getpid())
	containertest.Load(t, podman, image, containertest.Image(t, containertest.Program(t, "../../server/executor/testdata/job")))
	for name, end := range map[string]func(*testing.T, *servertest.Process){
		"killed": func(_ *testing.T, p *servertest.Process) { p.Kill() },
		"stopped": func(t *testing.T, p *servertest.Process) {
			p.Signal(t, syscall.SIGTERM)
			p.Wait(t, 60*time.Second)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, gate := t.TempDir(), t.TempDir()
			args := []string{"serve", "--listen=127.0.0.1:0", "--data-dir=" + dir, "--executor=container", "--container-engine=" + podman,
				"--container-args=" + strings.Join(containertest.Args(), " "), "--drain=1s", "--lease=10m", "--mount=gate=" + gate}
			first := servertest.Galleyd(t, args...)
			s, open := startContained(t, first.Client, image, gate)
			end(t, first)
			if left := containertest.List(t, podman, filepath.Join(dir, "work")); strings.Count(left, "\n") != 1 {
				t.Fatalf("after the end of galleyd podman lists %q, want one container", left)
			}
			open() // it may end before there is a server again
			second := servertest.Galleyd(t, args...)
			job, executions := s.waitCompleted(t, second.Client)
			if len(executions) != 1 || executions[0].Status != "COMPLETED" || job.NumExes != 1 {
				t.Errorf("got the executions %+v, want one that is COMPLETED", executions)
			}
			log, err := second.Client.JobLog(t.Context(), executions[0].ID, client.LogStdout)
			if err != nil || log != "begin 1\nend 1\n" {
				t.Errorf("got the log %q, %v; want each line once", log, err)
			}
			servertest.Eventually(t, 60*time.Second, func() error {
				if left := containertest.List(t, podman, filepath.Join(dir, "work")); left != "" {
					return fmt.Errorf("podman still lists %q", left)
				}
				return nil
			})
		})
	}
}

package internal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor/containertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// TestDeployImage builds the image of examples/deploy and runs it as it is: it serves.
func TestDeployImage(t *testing.T) {
	t.Parallel()
	podman := containertest.Podman(t)
	galleyd := containertest.Program(t, "./cmd/galleyd")
	folder := t.TempDir()
	for at, raw := range map[string][]byte{
		"Containerfile": mustRead(t, "examples/deploy/Containerfile"), "galleyd": mustReadFile(t, galleyd), "data/.keep": nil,
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(folder, at)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, at), raw, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	const image = "localhost/galleyd-of-the-test:1"
	if out, err := exec.CommandContext(t.Context(), podman, "build", "--tag", image, folder).CombinedOutput(); err != nil {
		t.Fatalf("podman build: %v\n%s", err, out)
	}
	t.Cleanup(func() { containertest.Forget(t, podman, image) })
	cmd := exec.CommandContext(t.Context(), podman, slices.Concat([]string{"run", "--rm", "--network", "none"}, containertest.Args(), []string{image})...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(stdout).ReadString('\n')
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Error(err)
	}
	_ = cmd.Wait() // the line says it all
	var ready struct{ Msg, URL string }
	if err := json.Unmarshal([]byte(line), &ready); err != nil || ready.Msg != "ready" {
		t.Errorf("got %q, want the ready line\n%s", line, stderr.String())
	}
}

// TestDeployFilesNameFlagsThatAreThere looks at what compose.yaml and galleyd.service say of galleyd.
func TestDeployFilesNameFlagsThatAreThere(t *testing.T) {
	t.Parallel()
	help := ""
	for _, command := range []string{"serve", "work", "migrate"} {
		out, _, _ := servertest.Run(t, "", command, "--help")
		help += out
	}
	compose := mustRead(t, "examples/deploy/compose.yaml")
	var parsed struct {
		Services map[string]struct {
			Image   string
			Command []string
		}
	}
	if err := yaml.Unmarshal(compose, &parsed); err != nil {
		t.Fatal(err)
	}
	workers := 0
	for name, s := range parsed.Services {
		if s.Image == "galleyd" && slices.Contains(s.Command, "work") {
			workers++
		}
		if s.Image == "" {
			t.Errorf("the service %s has no image", name)
		}
	}
	if workers != 2 {
		t.Errorf("found %d workers, want two", workers)
	}
	text := bytes.Join([][]byte{compose, mustRead(t, "examples/deploy/galleyd.service"), mustRead(t, "examples/deploy/Containerfile")}, []byte("\n"))
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		for _, name := range regexp.MustCompile(`--[a-z][a-z-]+|GALLEYD_[A-Z_]+`).FindAllString(line, -1) {
			if name != "--chown" && !strings.Contains(help, name) {
				t.Errorf("%s: galleyd has no %s", strings.TrimSpace(line), name)
			}
		}
	}
}

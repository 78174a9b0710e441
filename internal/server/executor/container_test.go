//go:build linux

package executor_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor/containertest"
)

func TestContainerFollowsItsImage(t *testing.T) {
	t.Parallel()
	podman := containertest.Podman(t)
	loadSuite(t, podman)
	work := t.TempDir()
	c := newContainers(t, work, nil)
	b := newContained(t, "env:OF_IMAGE env:OUTPUT_DIR env:CACHE user interfaces put:CACHE:x put:TMPDIR:x put:HOME:y",
		`"mounts": [{"name": "cache", "path": "/cache", "mode": "rw"}]`, work)
	b.task.Volumes = map[string]executor.Volume{"cache": {Options: map[string]string{"type": "tmpfs", "device": "tmpfs", "o": "mode=1777"}}}
	r := b.mustComplete(t, c)
	want := "OF_IMAGE=yes true\nOUTPUT_DIR=/galley/outputs true\nCACHE=/cache true\nroot=false\ninterfaces: 1\n"
	if got := b.stdout.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if r.Image.Name != suiteImage || !strings.Contains(r.Image.Digest, "sha256:") {
		t.Errorf("got the image %+v, want %s and its digest", r.Image, suiteImage)
	}
	if left := containertest.List(t, podman, work); left != "" {
		t.Errorf("the container or its volume is still there: %s", left)
	}
}

// What an image declares to be a volume takes no more than a job may have.
func TestVolumesOfImagesAreLimited(t *testing.T) {
	t.Parallel()
	podman := containertest.Podman(t)
	loadSuite(t, podman)
	work := t.TempDir()
	c := newContainers(t, work, nil)
	b := newContained(t, "put:DATA:x fill:../../data/a:40", "", work)
	withResource(&b.task, "disk", 64)
	b.mustComplete(t, c)
	b = newContained(t, "fill:../../data/a:40 fill:../../data/b:40", "", work)
	withResource(&b.task, "disk", 64)
	b.task.Dir += "-2"
	b.task.JobID++
	if r := b.mustRun(t, c); r.Error == nil {
		t.Errorf("a job of 64 MiB has written 80 into a volume of its image: %+v", r)
	}
}

func TestContainerRefusesWhatCannotRun(t *testing.T) {
	t.Parallel()
	podman := containertest.Podman(t)
	loadSuite(t, podman)
	work := t.TempDir()
	c := newContainers(t, work, func(c *executor.ContainerConfig) { c.Pull = executor.PullNever })
	for what, tc := range map[string]struct {
		steps, iface, image string
		volume              executor.Volume
		gpus                float64
		want, text          string
	}{
		"a script":      {steps: "print:a && print:b", image: suiteImage, want: recipe.ErrorInvalidConfiguration, text: "no list of arguments"},
		"no image":      {steps: "print:a", image: "localhost/galley-absent:1", want: recipe.ErrorMissingImage, text: "not on this machine"},
		"no image name": {steps: "print:a", image: "Not An Image", want: recipe.ErrorMissingImage, text: "is not the name of one"},
		"a folder of the host by a volume": {steps: "print:a", image: suiteImage, want: recipe.ErrorInvalidConfiguration, text: `the option "bind"`,
			iface: `"mounts": [{"name": "cache", "path": "/cache"}]`, volume: executor.Volume{Options: map[string]string{"type": "none", "o": "bind", "device": "/etc"}}},
		"a disk of the host by a volume": {steps: "print:a", image: suiteImage, want: recipe.ErrorInvalidConfiguration, text: "found the type",
			iface: `"mounts": [{"name": "cache", "path": "/cache"}]`, volume: executor.Volume{Options: map[string]string{"type": "ext4", "device": "/dev/sda1"}}},
		"a file of the host as the password of a volume": {steps: "print:a", image: suiteImage, want: recipe.ErrorInvalidConfiguration, text: `the option "credentials"`,
			iface: `"mounts": [{"name": "cache", "path": "/cache"}]`, volume: executor.Volume{Options: map[string]string{"type": "cifs", "o": "credentials=/etc/x"}}},
		"a driver that is not allowed": {steps: "print:a", image: suiteImage, want: recipe.ErrorInvalidConfiguration, text: "--volume-driver",
			iface: `"mounts": [{"name": "cache", "path": "/cache"}]`, volume: executor.Volume{Driver: "local-persist", Options: map[string]string{"mountpoint": "/"}}},
		"GPUs of Podman": {steps: "print:a", image: suiteImage, gpus: 1, want: recipe.ErrorInvalidConfiguration, text: "1 GPUs"},
	} {
		t.Run(what, func(t *testing.T) {
			b := newContained(t, tc.steps, tc.iface, work)
			withResource(&b.task, "gpus", tc.gpus)
			b.task.Image, b.task.Volumes = tc.image, map[string]executor.Volume{"cache": tc.volume}
			r := b.mustRun(t, c)
			if r.Error == nil || r.Error.Name != tc.want || !strings.Contains(r.Error.Description, tc.text) || r.ExitCode != -1 {
				t.Errorf("got %v (exit code %d), want %s with %q", r.Error, r.ExitCode, tc.want, tc.text)
			}
		})
	}
}

// A server that ends leaves its jobs running; another one on the machine sees them, and either
// goes on with them or removes them.
func TestContainersAreLeftAndFoundAgain(t *testing.T) {
	t.Parallel()
	podman := containertest.Podman(t)
	loadSuite(t, podman)
	work := t.TempDir()
	first := newContainers(t, work, nil)
	state := t.TempDir()
	mustOpen(t, state)
	b := newContained(t, "print:begun write:begun:x wait-for:STATE:go print:end", `"mounts": [{"name": "state", "path": "/state"}], "outputs": {"files": [{"name": "o", "pattern": "begun"}]}`, work)
	b.task.Mounts = map[string]string{"state": state}
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := first.Run(ctx, b.task)
		ended <- err
	}()
	mustAppear(t, filepath.Join(b.task.Dir, "outputs", "begun"))
	second := newContainers(t, work, nil)
	if left, err := second.Left(t.Context()); err != nil || len(left) != 0 {
		t.Fatalf("got %+v, %v of a server that goes on, want nothing", left, err)
	}
	cancel(executor.ErrStopping)
	if err := <-ended; !errors.Is(err, executor.ErrKept) {
		t.Fatalf("got %v, want %v", err, executor.ErrKept)
	}
	left, err := second.Left(t.Context())
	if err != nil || len(left) != 1 || left[0].JobID != b.task.JobID || left[0].ExeNum != 1 || !left[0].Alive {
		t.Fatalf("got %+v, %v, want the execution", left, err)
	}
	if again, err := newContainers(t, work, nil).Left(t.Context()); err != nil || len(again) != 0 {
		t.Fatalf("got %+v, %v of an execution that a server has seen, want nothing", again, err)
	}
	mustWrite(t, state, "go", "")
	b.task.Left = left[0]
	b.stdout.Reset()
	r := b.mustComplete(t, second)
	if got := b.stdout.String(); got != "begun\nend\n" || len(r.Files["o"]) != 1 {
		t.Errorf("got the log %q and %+v, want all of the log and one output", got, r.Files)
	}
	if err := left[0].Close(); err != nil {
		t.Error(err)
	}
}

func TestContainersThatNobodyWaitsForAreRemoved(t *testing.T) {
	t.Parallel()
	podman := containertest.Podman(t)
	loadSuite(t, podman)
	work := t.TempDir()
	c := newContainers(t, work, nil)
	b := newContained(t, "write:begun:x sleep:10m", `"mounts": [{"name": "cache", "path": "/cache"}]`, work)
	b.task.Volumes = map[string]executor.Volume{"cache": {}}
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := c.Run(ctx, b.task)
		ended <- err
	}()
	mustAppear(t, filepath.Join(b.task.Dir, "outputs", "begun"))
	cancel(executor.ErrStopping)
	<-ended
	left, err := c.Left(t.Context())
	if err != nil || len(left) != 1 {
		t.Fatalf("got %+v, %v, want the execution", left, err)
	}
	if err := c.Remove(t.Context(), left[0]); err != nil {
		t.Fatal(err)
	}
	if left := containertest.List(t, podman, work); left != "" {
		t.Errorf("podman still lists %q", left)
	}
	if _, err := os.Stat(b.task.Dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder of the execution is still there: %v", err)
	}
}

// Images are pulled from a registry that wants a password.
func TestContainerPullsImages(t *testing.T) { // not parallel: it sets where podman looks for registries
	podman := containertest.Podman(t)
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user+":"+password != "ada:s3cret" {
			w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	dir := t.TempDir()
	t.Setenv("CONTAINERS_REGISTRIES_CONF", mustWrite(t, dir, "registries.conf", fmt.Sprintf("[[registry]]\nlocation = %q\ninsecure = true\n", host)))
	credentials := mustWrite(t, dir, "config.json", fmt.Sprintf(`{"auths": {%q: {"auth": %q}}}`, host, base64.StdEncoding.EncodeToString([]byte("ada:s3cret"))))
	reference := host + "/team/job:1"
	tag, err := name.NewTag(reference, name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	// Not the image of the suite, which podman has by another digest, from the file that it was loaded from.
	image := containertest.Image(t, mustProgram(t), "PULLED=yes")
	digest, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(tag, image, remote.WithTransport(withPassword{})); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { containertest.Forget(t, podman, reference) })
	work := t.TempDir()
	run := func(t *testing.T, reference string, change func(*executor.ContainerConfig)) executor.Result {
		b := newContained(t, "print:pulled", "", work)
		b.task.Image = reference
		return b.mustRun(t, newContainers(t, work, change))
	}
	t.Run("without credentials", func(t *testing.T) {
		if r := run(t, reference, nil); r.Error == nil || r.Error.Name != recipe.ErrorMissingImage {
			t.Errorf("got %+v, want %s", r.Error, recipe.ErrorMissingImage)
		}
	})
	with := func(c *executor.ContainerConfig) { c.Credentials = credentials }
	t.Run("an image that is not there", func(t *testing.T) {
		if r := run(t, host+"/team/other:1", with); r.Error == nil || r.Error.Name != recipe.ErrorMissingImage {
			t.Errorf("got %+v, want %s", r.Error, recipe.ErrorMissingImage)
		}
	})
	for _, by := range []string{reference, host + "/team/job@" + digest.String()} {
		t.Run("by "+by[strings.LastIndexAny(by, ":@")-3:][:4], func(t *testing.T) {
			if r := run(t, by, with); r.Error != nil || r.Image.Digest != host+"/team/job@"+digest.String() {
				t.Errorf("got %v and the image %+v, want the digest %s", r.Error, r.Image, digest)
			}
		})
	}
}

// withPassword is what the test itself pushes with.
type withPassword struct{}

func (withPassword) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.SetBasicAuth("ada", "s3cret")
	return http.DefaultTransport.RoundTrip(r)
}

func TestNewContainerSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	for engine, want := range map[string]error{"unix:///nowhere/engine.sock": executor.ErrNoEngine, "/bin/false": executor.ErrNoEngine} {
		if _, err := executor.NewContainer(t.Context(), executor.ContainerConfig{Engine: engine, Work: t.TempDir()}); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", engine, err, want)
		}
	}
	for args, want := range map[string]string{
		"--privileged": "--runtime NAME", "--ulimit nofile=x": "reading the arguments for containers", "runc": `found "runc"`,
	} {
		_, err := executor.NewContainer(t.Context(), executor.ContainerConfig{Args: strings.Fields(args), Work: t.TempDir()})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", args, err, want)
		}
	}
}

// Secrets reach a container by the socket of its engine, not by the arguments of a process.
func TestContainerShowsNoSecretInArguments(t *testing.T) {
	t.Parallel()
	podman := containertest.Podman(t)
	loadSuite(t, podman)
	work := t.TempDir()
	b := newContained(t, "write:begun:x sleep:10m", `"settings": [{"name": "password", "secret": true}]`, work)
	b.task.Settings = map[string]string{"password": "s3cret-of-the-test"}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		_, err := newContainers(t, work, nil).Run(ctx, b.task)
		ended <- err
	}()
	mustAppear(t, filepath.Join(b.task.Dir, "outputs", "begun"))
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(lines, func(at string) bool {
		raw, _ := os.ReadFile(at)
		return strings.Contains(string(raw), "s3cret-of-the-test")
	}) {
		t.Error("a process has the secret among its arguments")
	}
	cancel()
	<-ended
}

// TestLabelsOfOthersRemoveNothing: an image can bring labels along that look like the server's.
func TestLabelsOfOthersRemoveNothing(t *testing.T) {
	t.Parallel()
	podman := containertest.Podman(t)
	loadSuite(t, podman)
	work, foreign := t.TempDir(), t.TempDir()
	c := newContainers(t, work, nil)
	out, err := exec.CommandContext(t.Context(), podman, "create", "--label=galley.server="+work, "--label=galley.job=1", "--label=galley.execution=1",
		"--label=galley.folder="+foreign, "--runtime=runc", suiteImage, "print:a").Output()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = exec.Command(podman, "rm", "-f", "-v", strings.TrimSpace(string(out))).Run() })
	if left, err := c.Left(t.Context()); err != nil || len(left) != 0 {
		t.Errorf("taken for an execution of the server, whose folder would be removed: %+v, %v", left, err)
	}
}

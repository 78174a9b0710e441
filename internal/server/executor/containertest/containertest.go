package containertest

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// EnvRequire makes tests fail that would be skipped because there is no engine.
const EnvRequire = "GALLEY_REQUIRE_CONTAINERS"

// Args are the arguments for containers that let them run where root has not all rights.
func Args() []string {
	return []string{"--runtime", "runc", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000"}
}

// Find returns the programs that the tests need; the error wraps exec.ErrNotFound if one is missing.
func Find() (podman string, err error) {
	podman, err = exec.LookPath("podman")
	_, runcErr := exec.LookPath("runc")
	return podman, errors.Join(err, runcErr)
}

// Available tells whether Podman skips no test.
func Available() bool {
	_, err := Find()
	return os.Getenv(EnvRequire) != "" || err == nil && os.Geteuid() == 0
}

// Podman is the program podman. Where there is none, or the test is not root's, the test is
// skipped, unless EnvRequire is set.
func Podman(t testing.TB) string {
	t.Helper()
	podman, err := Find()
	if err == nil && os.Geteuid() != 0 {
		err = errors.New("these tests run as root")
	}
	if err != nil && os.Getenv(EnvRequire) != "" {
		t.Fatalf("no podman with runc: %v", err)
	}
	if err != nil {
		t.Skipf("no podman with runc: %v", err)
	}
	return podman
}

// Program builds the program of a folder so that it needs nothing but the kernel.
func Program(t testing.TB, folder string) string {
	t.Helper()
	program, err := Build(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(filepath.Dir(program)) })
	return program
}

// Build is Program for those who have no test to clean up after: the program lies alone in a folder.
func Build(folder string) (program string, err error) {
	// Not in the folder of a test, whose path not every user may follow.
	dir, err := os.MkdirTemp("", "galley-job-*")
	if err != nil {
		return "", err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", err
	}
	program = filepath.Join(dir, "job")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", program, folder)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the program of the image: %w\n%s", err, out)
	}
	return program, nil
}

// Image is an image from scratch with nothing but a program, which is its entry point, and a
// volume at /data. More of the environment makes it another image of the same program.
func Image(t testing.TB, program string, env ...string) v1.Image {
	t.Helper()
	raw, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	err = errors.Join(w.WriteHeader(&tar.Header{Name: "job", Mode: 0o755, Size: int64(len(raw))}), write(w, raw), w.Close())
	if err != nil {
		t.Fatal(err)
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil })
	if err != nil {
		t.Fatal(err)
	}
	image, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		t.Fatal(err)
	}
	image, err = mutate.Config(image, v1.Config{Entrypoint: []string{"/job"}, Env: append([]string{"OF_IMAGE=yes", "DATA=/data"}, env...), Volumes: map[string]struct{}{"/data": {}}})
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func write(w io.Writer, raw []byte) error {
	_, err := w.Write(raw)
	return err
}

// Load gives an image to podman under the name reference, until the test ends.
func Load(t testing.TB, podman, reference string, image v1.Image) {
	t.Helper()
	Put(t, podman, reference, image)
	t.Cleanup(func() { Forget(t, podman, reference) })
}

// Put is Load for an image that stays.
func Put(t testing.TB, podman, reference string, image v1.Image) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "image.tar")
	tag, err := name.NewTag(reference)
	if err != nil {
		t.Fatal(err)
	}
	if err := tarball.WriteToFile(file, tag, image); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), podman, "load", "--quiet", "--input", file).CombinedOutput(); err != nil {
		t.Fatalf("loading image: %v\n%s", err, out)
	}
}

// Forget removes an image from this machine.
func Forget(t testing.TB, podman, name string) {
	t.Helper()
	if out, err := exec.Command(podman, "rmi", "--force", name).CombinedOutput(); err != nil {
		t.Logf("removing image %s: %v\n%s", name, err, out)
	}
}

// List is what podman lists of a server's containers and volumes, given the folder of its executions.
func List(t testing.TB, podman, work string) string {
	t.Helper()
	all := ""
	for _, args := range [][]string{{"ps", "--all", "--quiet"}, {"volume", "ls", "--quiet"}} {
		out, err := exec.Command(podman, append(args, "--filter", "label=galley.server="+work)...).CombinedOutput()
		if err != nil {
			t.Fatalf("podman %s: %v\n%s", args[0], err, out)
		}
		all += string(out)
	}
	return all
}

package internal

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

// TestReleaseByGoReleaser releases this platform twice without publishing, in two copies
// of the tree with one commit and a tag, and compares the files with the registry's rules
// and with each other. The other tests of releases need no GoReleaser, whose build takes
// minutes; `make test-release` names it.
func TestReleaseByGoReleaser(t *testing.T) {
	t.Parallel()
	goreleaser := strings.Fields(os.Getenv("GALLEY_GORELEASER"))
	if len(goreleaser) == 0 {
		t.Skip("GALLEY_GORELEASER does not say how to start GoReleaser: make test-release does")
	}
	platform := runtime.GOOS + "_" + runtime.GOARCH
	const p, b = "terraform-provider-galley_" + releasedVersion, "galleyd_" + releasedVersion
	want := map[string][]string{
		providerRelease: {p + "_" + platform + ".zip", p + "_manifest.json"},
		backendRelease:  {"galley_" + releasedVersion + "_" + platform + ".tar.gz", b + "_" + platform + ".tar.gz"},
	}
	for _, name := range []string{providerRelease, backendRelease} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := mustReadRelease(t, name)
			config := mustNarrow(t, name)
			first, second := filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "another", "one")
			mustCopyTree(t, first)
			mustCommit(t, first)
			if err := os.CopyFS(second, os.DirFS(first)); err != nil {
				t.Fatal(err)
			}
			var sums []map[string]string
			for _, tree := range []string{first, second} {
				cmd := exec.CommandContext(t.Context(), goreleaser[0],
					append(goreleaser[1:], "release", "--clean", "--skip=publish,sign,sbom", "--config", config)...)
				cmd.Dir = tree
				if text, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%v: %v\n%s", cmd.Args, err, text)
				}
				dist := filepath.Join(tree, filepath.FromSlash(c.Dist))
				if c.Dist == "" {
					dist = filepath.Join(tree, "dist")
				}
				got := mustReadSums(t, filepath.Join(dist, c.render(t, c.Checksum.NameTemplate)))
				if diff := cmp.Diff(want[name], slices.Sorted(maps.Keys(got))); diff != "" {
					t.Errorf("files in the checksums (-want +got):\n%s", diff)
				}
				for file, sum := range got {
					path := filepath.Join(dist, file)
					if strings.HasSuffix(file, "_manifest.json") {
						path = filepath.Join(tree, "terraform-registry-manifest.json")
					}
					if is := mustSum(t, path); is != sum {
						t.Errorf("the sum of %s is %s, the checksums say %s", file, is, sum)
					}
				}
				sums = append(sums, got)
				switch name {
				case providerRelease:
					checkArchive(t, filepath.Join(dist, p+"_"+platform+".zip"))
				case backendRelease:
					checkVersion(t, dist, "galleyd")
					checkVersion(t, dist, "galley")
				}
			}
			if diff := cmp.Diff(sums[0], sums[1]); diff != "" {
				t.Errorf("releases of one commit in two folders differ:\n%s", diff)
			}
		})
	}
}

// checkArchive looks for exactly the program, executable, and its licence.
func checkArchive(t *testing.T, path string) {
	t.Helper()
	archive, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = archive.Close() }()
	got := map[string]bool{} // name: executable
	for _, f := range archive.File {
		got[f.Name] = f.Mode()&0o111 != 0
	}
	binary := "terraform-provider-galley_v" + releasedVersion
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	if diff := cmp.Diff(map[string]bool{binary: true, "LICENSE": false}, got); diff != "" {
		t.Errorf("%s holds (-want +got):\n%s", filepath.Base(path), diff)
	}
}

// checkVersion asks a built program for its version.
func checkVersion(t *testing.T, dist, program string) {
	t.Helper()
	built, err := filepath.Glob(filepath.Join(dist, "*", program))
	if err != nil || len(built) != 1 {
		t.Fatalf("%s holds %d %s, %v; want one", dist, len(built), program, err)
	}
	said, err := exec.CommandContext(t.Context(), built[0], "version").Output()
	if want := regexp.MustCompile(`^` + program + ` ` + releasedVersion + ` \([0-9a-f]{40}\)\n$`); err != nil || !want.Match(said) {
		t.Errorf("%s says %q, %v; want %s", program, said, err, want)
	}
}

// mustNarrow writes a configuration that builds for this platform only and is like
// name in everything else. It returns the path.
func mustNarrow(t *testing.T, name string) string {
	t.Helper()
	var config map[string]any
	if err := yaml.Unmarshal(mustRead(t, name), &config); err != nil {
		t.Fatal(err)
	}
	for _, build := range config["builds"].([]any) {
		b := build.(map[string]any)
		b["goos"], b["goarch"] = []string{runtime.GOOS}, []string{runtime.GOARCH}
	}
	text, err := yaml.Marshal(config)
	path := filepath.Join(t.TempDir(), "goreleaser.yml")
	if err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func mustCopyTree(t *testing.T, to string) {
	t.Helper()
	walkTree(t, func(name string) {
		target := filepath.Join(to, filepath.FromSlash(name))
		info, err := fs.Stat(os.DirFS(root), name)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(target), 0o750)
		}
		if err == nil {
			err = os.WriteFile(target, mustRead(t, name), info.Mode().Perm())
		}
		if err != nil {
			t.Fatal(err)
		}
	})
}

// mustCommit makes tree a repository of one tagged commit, which is the same everywhere.
func mustCommit(t *testing.T, tree string) {
	t.Helper()
	for _, args := range [][]string{
		{"init", "--quiet"}, {"add", "."}, {"commit", "--quiet", "--message", "release"},
		{"tag", "v" + releasedVersion}, {"remote", "add", "origin", "https://github.com/recipe-galley/terraform-provider-galley"},
	} {
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = tree
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
			"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com",
			"GIT_AUTHOR_DATE="+releasedTime, "GIT_COMMITTER_DATE="+releasedTime)
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, text)
		}
	}
}

// mustReadSums reads the lines of a file of checksums: sum by name.
func mustReadSums(t *testing.T, path string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]string{}
	for line := range strings.Lines(string(text)) {
		m := regexp.MustCompile(`^([0-9a-f]{64})  (\S+)\n$`).FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("%s: line %q is no checksum", path, line)
		}
		sums[m[2]] = m[1]
	}
	return sums
}

func mustSum(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

package internal

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// root is the repository.
const root = ".."

// walkTree calls visit for every file of the repository that git would take, by its
// path from the root, with slashes.
func walkTree(t *testing.T, visit func(name string)) {
	t.Helper()
	notOurs := []string{".git", "bin", "dist", ".terraform"} // .gitignore
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		switch {
		case err != nil:
			return err
		case slices.Contains(notOurs, d.Name()) && (d.IsDir() || d.Name() == ".git"):
			if d.IsDir() {
				return fs.SkipDir
			}
		case !d.IsDir():
			visit(filepath.ToSlash(name))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func mustRead(t *testing.T, name string) []byte {
	t.Helper()
	return mustReadFile(t, filepath.Join(root, filepath.FromSlash(name)))
}

// mustReadYAML reads a file into v; members that v does not have are errors.
func mustReadYAML(t *testing.T, name string, v any) {
	t.Helper()
	decoder := yaml.NewDecoder(bytes.NewReader(mustRead(t, name)))
	decoder.KnownFields(true)
	if err := decoder.Decode(v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// mustGlob returns the files that match, by their paths from the root. There has to be one.
func mustGlob(t *testing.T, pattern string) []string {
	t.Helper()
	names, err := fs.Glob(os.DirFS(root), pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(names), err)
	}
	return names
}

func TestTheTopLevelHoldsNothingElse(t *testing.T) {
	t.Parallel()
	may := []string{
		"internal", "examples", "docs", "templates", "main.go", "go.mod", "go.sum", "GNUmakefile", "README.md", "SECURITY.md", "LICENSE",
		"CHANGELOG.md", "terraform-registry-manifest.json",
	}
	seen := map[string]bool{}
	walkTree(t, func(name string) {
		top, _, _ := strings.Cut(name, "/")
		seen[top] = true
	})
	for top := range seen {
		if !slices.Contains(may, top) && !strings.HasPrefix(top, ".") {
			t.Errorf("%s is at the top of the repository, which may hold only %q and names with a dot", top, may)
		}
	}
	for _, top := range may {
		if !seen[top] {
			t.Errorf("%s is missing at the top of the repository", top)
		}
	}
}

// TestNoPathsOfAMachine looks for folders of whoever wrote a file. Terraform's and
// galleyd's own examples use /srv, /data, /var and the like.
func TestNoPathsOfAMachine(t *testing.T) {
	t.Parallel()
	machine := regexp.MustCompile(`(^|[\s"'=(:` + "`" + `])(/work/|/root/|/tmp/[a-z]|/home/[a-z]+/|/Users/[a-z]+/|[A-Z]:\\Users\\)`)
	walkTree(t, func(name string) {
		for n, line := range bytes.Split(mustRead(t, name), []byte("\n")) {
			if name != "internal/tree_test.go" && machine.Match(line) {
				t.Errorf("%s:%d names a path of somebody's machine: %s", name, n+1, machine.Find(line))
			}
		}
	})
}

// TestTheMapIsTrue looks for every file and folder that the map of the house names.
func TestTheMapIsTrue(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile("`([a-z_/]+(?:\\.go|/))`").FindAllSubmatch(mustRead(t, "internal/README.md"), -1)
	if len(named) < 40 {
		t.Fatalf("the map names only %d files", len(named))
	}
	for _, name := range named {
		if _, err := os.Stat(filepath.FromSlash(string(name[1]))); err != nil {
			t.Errorf("internal/README.md names %s: %v", name[1], err)
		}
	}
}

func TestChangelog(t *testing.T) {
	t.Parallel()
	var config struct {
		ChangesDir    string `yaml:"changesDir"`
		UnreleasedDir string `yaml:"unreleasedDir"`
		HeaderPath    string `yaml:"headerPath"`
		ChangelogPath string `yaml:"changelogPath"`
		VersionExt    string `yaml:"versionExt"`
		VersionFormat string `yaml:"versionFormat"`
		KindFormat    string `yaml:"kindFormat"`
		ChangeFormat  string `yaml:"changeFormat"`
		Kinds         []struct {
			Label string `yaml:"label"`
			Auto  string `yaml:"auto"`
		} `yaml:"kinds"`
		Body struct {
			Block bool `yaml:"block"`
		} `yaml:"body"`
		Newlines map[string]int `yaml:"newlines"`
	}
	mustReadYAML(t, ".changie.yaml", &config)
	if config.ChangesDir != ".changes" || config.ChangelogPath != "CHANGELOG.md" {
		t.Fatalf(".changie.yaml: changesDir %q and changelogPath %q", config.ChangesDir, config.ChangelogPath)
	}
	fragments, err := fs.Glob(os.DirFS(root), ".changes/"+config.UnreleasedDir+"/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range fragments {
		var fragment struct {
			Kind string    `yaml:"kind"`
			Body string    `yaml:"body"`
			Time yaml.Node `yaml:"time"`
		}
		mustReadYAML(t, name, &fragment)
		known := false
		for _, kind := range config.Kinds {
			known = known || kind.Label == fragment.Kind
		}
		if !known || !strings.HasSuffix(name, ".yaml") || strings.TrimSpace(fragment.Body) == "" || fragment.Time.Value == "" {
			t.Errorf("%s: kind %q, body %q, time %q: write fragments with `make change`", name, fragment.Kind, fragment.Body, fragment.Time.Value)
		}
	}
	// Sections of releases are files, which changie joins: their headings are the versions.
	header := string(mustRead(t, ".changes/"+config.HeaderPath))
	text := string(mustRead(t, "CHANGELOG.md"))
	if !strings.HasPrefix(text, header) {
		t.Errorf("CHANGELOG.md does not begin with .changes/%s", config.HeaderPath)
	}
	for _, heading := range regexp.MustCompile(`(?m)^## (\S+)`).FindAllStringSubmatch(text, -1) {
		section := strings.TrimSpace(string(mustRead(t, fmt.Sprintf(".changes/%s.%s", heading[1], config.VersionExt))))
		if !strings.Contains(text, section) {
			t.Errorf("the section %s of CHANGELOG.md is not its file in .changes", heading[1])
		}
	}
	if rest := strings.TrimSpace(strings.TrimPrefix(text, header)); rest != "" && !strings.HasPrefix(rest, "## ") {
		t.Errorf("CHANGELOG.md has text outside of a release: %.60q; write it into a fragment with `make change`", rest)
	}
}

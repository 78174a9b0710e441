package internal

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// workflow is the part of a GitHub workflow that these tests look at.
type workflow struct {
	Permissions map[string]string      `yaml:"permissions"`
	Jobs        map[string]workflowJob `yaml:"jobs"`
}

type workflowJob struct {
	Permissions map[string]string `yaml:"permissions"`
	Timeout     int               `yaml:"timeout-minutes"`
	Strategy    struct {
		Matrix struct {
			CLI []struct{ Name, Version string } `yaml:"cli"`
		} `yaml:"matrix"`
	} `yaml:"strategy"`
	Steps []workflowStep `yaml:"steps"`
}

type workflowStep struct {
	Uses string         `yaml:"uses"`
	Run  string         `yaml:"run"`
	With map[string]any `yaml:"with"`
}

// makeTarget is a rule of GNUmakefile.
var makeTarget = regexp.MustCompile(`(?m)^([a-z-]+):`)

// mustReadWorkflows reads those of the repository and those that the guides have for
// users, which are held to the same rules.
func mustReadWorkflows(t *testing.T) map[string]workflow {
	t.Helper()
	texts := map[string][]byte{}
	for _, name := range mustGlob(t, ".github/workflows/*.yml") {
		texts[name] = mustRead(t, name)
	}
	inGuide := regexp.MustCompile("(?s)```yaml\n(name: .*?)```")
	for _, name := range mustGlob(t, "templates/guides/*") {
		for _, block := range inGuide.FindAllSubmatch(mustRead(t, name), -1) {
			texts[name] = block[1]
		}
	}
	all := map[string]workflow{}
	for name, text := range texts {
		var w workflow
		if err := yaml.Unmarshal(text, &w); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[name] = w
	}
	if len(all) < 3 {
		t.Fatalf("%d workflows, want those of the repository and of the guides", len(all))
	}
	return all
}

func TestWorkflows(t *testing.T) {
	t.Parallel()
	var targets []string
	for _, m := range makeTarget.FindAllSubmatch(mustRead(t, "GNUmakefile"), -1) {
		targets = append(targets, string(m[1]))
	}
	pinned := regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}$`)
	called := regexp.MustCompile(`(?m)(?:^|&& |; )make ([a-z -]+?)(?: [A-Z]|$)`)
	pins := map[string]string{}
	calls := 0
	for name, w := range mustReadWorkflows(t) {
		if !maps.Equal(w.Permissions, map[string]string{"contents": "read"}) {
			t.Errorf("%s: its jobs begin with the permissions %v, want only contents: read", name, w.Permissions)
		}
		for id, job := range w.Jobs {
			if job.Timeout == 0 || len(job.Steps) == 0 {
				t.Errorf("%s: %s has no timeout-minutes or no steps", name, id)
			}
			for permission := range job.Permissions {
				if name != ".github/workflows/release.yml" {
					t.Errorf("%s: %s asks for the permission %s", name, id, permission)
				}
			}
			for _, step := range job.Steps {
				action, commit, _ := strings.Cut(step.Uses, "@")
				switch {
				case step.Uses == "":
				case !pinned.MatchString(step.Uses):
					t.Errorf("%s: %s uses %s, want it pinned by the 40 digits of a commit", name, id, step.Uses)
				case pins[action] != "" && pins[action] != commit:
					t.Errorf("%s: %s uses %s at %s, another step at %s", name, id, action, commit, pins[action])
				default:
					pins[action] = commit
				}
				for _, call := range called.FindAllStringSubmatch(step.Run, -1) {
					for _, target := range strings.Fields(call[1]) {
						calls++
						if !slices.Contains(targets, target) {
							t.Errorf("%s: %s calls make %s, which GNUmakefile does not have", name, id, target)
						}
					}
				}
			}
		}
	}
	if calls < 6 || len(pins) < 5 {
		t.Errorf("the workflows call make %d times and use %d actions: this test reads them no more", calls, len(pins))
	}
}

// TestTheMatrixIsWhatTheReadmePromises compares the oldest versions of the CLIs.
func TestTheMatrixIsWhatTheReadmePromises(t *testing.T) {
	t.Parallel()
	lists := 0
	oldest := map[string]string{}
	for _, w := range mustReadWorkflows(t) {
		for _, job := range w.Jobs {
			if len(job.Strategy.Matrix.CLI) > 0 {
				lists++
			}
			for _, cli := range job.Strategy.Matrix.CLI {
				if oldest[cli.Name] == "" {
					oldest[cli.Name] = cli.Version
				}
			}
		}
	}
	readme := regexp.MustCompile(`\[Terraform\]\(\S+\) >= ([\d.]+) \(or \[OpenTofu\]\(\S+\) >= ([\d.]+)\)`).FindSubmatch(mustRead(t, "README.md"))
	if readme == nil {
		t.Fatal("README.md names the oldest versions of Terraform and OpenTofu no more")
	}
	want := map[string]string{"terraform": string(readme[1]), "tofu": string(readme[2])}
	if lists != 1 || !maps.Equal(oldest, want) {
		t.Errorf("%d lists of versions, the oldest are %v; want one list that begins at %v", lists, oldest, want)
	}
}

func TestDependabotKeepsModulesTogether(t *testing.T) {
	t.Parallel()
	var config struct {
		Version int `yaml:"version"`
		Updates []struct {
			Ecosystem string `yaml:"package-ecosystem"`
			Directory string `yaml:"directory"`
			Schedule  struct {
				Interval string `yaml:"interval"`
			} `yaml:"schedule"`
			Groups map[string]struct {
				Patterns []string `yaml:"patterns"`
			} `yaml:"groups"`
		} `yaml:"updates"`
	}
	mustReadYAML(t, ".github/dependabot.yml", &config)
	families := map[string]string{
		"river": "github.com/riverqueue/", "bun": "github.com/uptrace/bun",
		"terraform-plugin": "github.com/hashicorp/terraform-plugin-",
	}
	required := regexp.MustCompile(`(?m)^\t(\S+) v\S+(?: // not .*)?$`).FindAllSubmatch(mustRead(t, "go.mod"), -1)
	ecosystems := map[string]bool{}
	for _, update := range config.Updates {
		ecosystems[update.Ecosystem] = true
		if update.Ecosystem != "gomod" {
			continue
		}
		for group, prefix := range families {
			members := 0
			for _, m := range required {
				path := string(m[1])
				if !strings.HasPrefix(path, prefix) {
					continue
				}
				members++
				if !slices.ContainsFunc(update.Groups[group].Patterns, func(pattern string) bool { return matches(pattern, path) }) {
					t.Errorf("the group %s of dependabot does not take %s", group, path)
				}
			}
			if members < 2 {
				t.Errorf("go.mod requires %d modules of %s: the group is for nothing", members, prefix)
			}
		}
	}
	if !ecosystems["gomod"] || !ecosystems["github-actions"] {
		t.Errorf("dependabot watches %v, want gomod and github-actions", ecosystems)
	}
}

// matches tells whether a pattern of dependabot, in which * is any text, takes a name.
func matches(pattern, name string) bool {
	return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$").MatchString(name)
}

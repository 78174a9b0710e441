package internal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/google/go-cmp/cmp"
)

const (
	providerRelease = ".goreleaser.yml"
	backendRelease  = ".goreleaser.galleyd.yml"

	// releasedVersion and releasedTime are those of the release that the tests make up.
	releasedVersion = "9.8.7"
	releasedTime    = "2026-02-03T04:05:06Z"
)

// releaseConfig is a configuration of GoReleaser with the members that ours have; any
// other is an error of the test, which then has to learn what it means.
type releaseConfig struct {
	Version     int    `yaml:"version"`
	ProjectName string `yaml:"project_name"`
	Dist        string `yaml:"dist"`
	Before      struct {
		Hooks []string `yaml:"hooks"`
	} `yaml:"before"`
	Builds    []releaseBuild   `yaml:"builds"`
	Archives  []releaseArchive `yaml:"archives"`
	SBOMs     []releaseSBOM    `yaml:"sboms"`
	Checksum  releaseChecksum  `yaml:"checksum"`
	Signs     []releaseSign    `yaml:"signs"`
	Release   releasePage      `yaml:"release"`
	Changelog struct {
		Disable bool `yaml:"disable"`
	} `yaml:"changelog"`
}

type releaseBuild struct {
	ID           string              `yaml:"id"`
	Main         string              `yaml:"main"`
	Binary       string              `yaml:"binary"`
	Env          []string            `yaml:"env"`
	ModTimestamp string              `yaml:"mod_timestamp"`
	Flags        []string            `yaml:"flags"`
	Ldflags      []string            `yaml:"ldflags"`
	GOOS         []string            `yaml:"goos"`
	GOARCH       []string            `yaml:"goarch"`
	Ignore       []map[string]string `yaml:"ignore"`
}

type releaseArchive struct {
	ID           string   `yaml:"id"`
	IDs          []string `yaml:"ids"`
	Formats      []string `yaml:"formats"`
	NameTemplate string   `yaml:"name_template"`
	Files        []struct {
		Src  string `yaml:"src"`
		Info struct {
			MTime string `yaml:"mtime"`
		} `yaml:"info"`
	} `yaml:"files"`
}

type releaseSBOM struct {
	ID        string   `yaml:"id"`
	Artifacts string   `yaml:"artifacts"`
	IDs       []string `yaml:"ids"`
	Documents []string `yaml:"documents"`
}

type releaseChecksum struct {
	IDs          []string      `yaml:"ids"`
	NameTemplate string        `yaml:"name_template"`
	Algorithm    string        `yaml:"algorithm"`
	ExtraFiles   []releaseFile `yaml:"extra_files"`
}

type releaseSign struct {
	Artifacts string   `yaml:"artifacts"`
	Args      []string `yaml:"args"`
}

type releasePage struct {
	Mode       string        `yaml:"mode"`
	ExtraFiles []releaseFile `yaml:"extra_files"`
}

type releaseFile struct {
	Glob         string `yaml:"glob"`
	NameTemplate string `yaml:"name_template"`
}

func mustReadRelease(t *testing.T, name string) releaseConfig {
	t.Helper()
	var c releaseConfig
	mustReadYAML(t, name, &c)
	programs := 1
	if name == backendRelease {
		programs = 2
	}
	if c.Version != 2 || len(c.Builds) != programs || len(c.Archives) != programs {
		t.Fatalf("%s: version %d, %d builds, %d archives; want version 2 and %d of each", name, c.Version, len(c.Builds), len(c.Archives), programs)
	}
	return c
}

// render fills in what GoReleaser knows of the release that the tests make up.
func (c releaseConfig) render(t *testing.T, text string, platform ...string) string {
	t.Helper()
	values := map[string]any{
		"ProjectName": c.ProjectName, "Version": releasedVersion, "Commit": strings.Repeat("c", 40),
		"CommitTimestamp": "1770091506", "CommitDate": releasedTime, "Env": map[string]string{"GPG_FINGERPRINT": "F00D"},
	}
	if len(platform) == 2 {
		values["Os"], values["Arch"] = platform[0], platform[1]
	}
	var out strings.Builder
	parsed, err := template.New("").Option("missingkey=error").Parse(text)
	if err == nil {
		err = parsed.Execute(&out, values)
	}
	if err != nil {
		t.Fatalf("template %q: %v", text, err)
	}
	return out.String()
}

// platforms are those that are built, as OS_ARCH, sorted.
func (b releaseBuild) platforms() []string {
	var all []string
	for _, system := range b.GOOS {
		for _, arch := range b.GOARCH {
			if !slices.ContainsFunc(b.Ignore, func(i map[string]string) bool { return i["goos"] == system && i["goarch"] == arch }) {
				all = append(all, system+"_"+arch)
			}
		}
	}
	slices.Sort(all)
	return all
}

// TestReleaseFollowsTheRegistrysRules holds the names and the settings against what the
// registry of Terraform asks of a provider's release ("Publishing providers").
func TestReleaseFollowsTheRegistrysRules(t *testing.T) {
	t.Parallel()
	c := mustReadRelease(t, providerRelease)
	build, archive := c.Builds[0], c.Archives[0]
	const project = "terraform-provider-galley"
	wantPlatforms := []string{
		"darwin_amd64", "darwin_arm64", "freebsd_386", "freebsd_amd64", "freebsd_arm", "freebsd_arm64",
		"linux_386", "linux_amd64", "linux_arm", "linux_arm64", "windows_386", "windows_amd64", "windows_arm64",
	}
	if diff := cmp.Diff(wantPlatforms, build.platforms()); diff != "" {
		t.Errorf("platforms (-want +got):\n%s", diff)
	}
	for _, platform := range build.platforms() {
		system, arch, _ := strings.Cut(platform, "_")
		if got, want := c.render(t, archive.NameTemplate, system, arch), project+"_"+releasedVersion+"_"+platform; got != want {
			t.Errorf("archive of %s is %s, want %s", platform, got, want)
		}
	}
	manifest := []releaseFile{{Glob: "terraform-registry-manifest.json", NameTemplate: "{{ .ProjectName }}_{{ .Version }}_manifest.json"}}
	for what, pair := range map[string][2]any{
		"project":                   {c.ProjectName, project},
		"binary":                    {c.render(t, build.Binary), project + "_v" + releasedVersion},
		"format of archives":        {archive.Formats, []string{"zip"}},
		"checksums":                 {c.render(t, c.Checksum.NameTemplate), project + "_" + releasedVersion + "_SHA256SUMS"},
		"algorithm of checksums":    {c.Checksum.Algorithm, "sha256"},
		"builds in the checksums":   {c.Checksum.IDs, []string{build.ID}},
		"manifest in the checksums": {c.Checksum.ExtraFiles, manifest},
		"manifest on the page":      {c.Release.ExtraFiles, manifest},
		"number of signatures":      {len(c.Signs), 1},
		"what is signed":            {c.Signs[0].Artifacts, "checksum"},
		"own changelog":             {c.Changelog.Disable, true},
	} {
		if diff := cmp.Diff(pair[1], pair[0]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	// The registry takes binary signatures only: no --armor.
	if args := c.Signs[0].Args; !slices.Contains(args, "--detach-sign") || slices.Contains(args, "--armor") ||
		!slices.Contains(args, "{{ .Env.GPG_FINGERPRINT }}") {
		t.Errorf("the checksums are signed with %q", args)
	}
}

// TestReleaseOfTheBackendIsApart keeps galleyd and the command line out of what the registry
// reads, and all programs alike in how they are built.
func TestReleaseOfTheBackendIsApart(t *testing.T) {
	t.Parallel()
	provider, backend := mustReadRelease(t, providerRelease), mustReadRelease(t, backendRelease)
	for _, c := range []releaseConfig{provider, backend} {
		var ids []string
		for i, b := range c.Builds {
			if ids = append(ids, b.ID); i >= len(c.Archives) || !slices.Equal(c.Archives[i].IDs, []string{b.ID}) {
				t.Errorf("%s: %s has no archive of its own", c.ProjectName, b.ID)
			}
		}
		if !slices.Equal(c.Checksum.IDs, ids) || len(c.SBOMs) != 1 || slices.Contains(ids, c.SBOMs[0].ID) || !slices.Equal(c.SBOMs[0].IDs, ids) {
			t.Errorf("%s: the checksums or the SBOMs are for others than the archives of %q", c.ProjectName, ids)
		}
	}
	alike := func(b releaseBuild) []any { return []any{b.Env, b.ModTimestamp, b.Flags, b.Ldflags} }
	for _, b := range backend.Builds {
		if diff := cmp.Diff(alike(provider.Builds[0]), alike(b)); diff != "" {
			t.Errorf("the builds differ (-provider +%s):\n%s", b.ID, diff)
		}
	}
	if programs := []string{backend.Builds[0].Main, backend.Builds[1].Main}; !slices.Equal(programs, []string{"./internal/cmd/galleyd", "./internal/cmd/galley"}) {
		t.Errorf("the release beside the provider's is of %q", programs)
	}
	if diff := cmp.Diff(provider.Signs, backend.Signs); diff != "" {
		t.Errorf("the signatures differ (-provider +galleyd):\n%s", diff)
	}
	if backend.Release.Mode != "keep-existing" || backend.Dist == provider.Dist || backend.Checksum.NameTemplate == "" {
		t.Errorf("the release of galleyd replaces that of the provider: mode %q, dist %q", backend.Release.Mode, backend.Dist)
	}
}

// TestReleaseIsReproducible builds the provider twice, in two copies of the tree, as the
// release does, and compares every byte. The program says what was built. Of galleyd
// TestReleaseByGoReleaser sees to it.
func TestReleaseIsReproducible(t *testing.T) {
	t.Parallel()
	c := mustReadRelease(t, providerRelease)
	b := c.Builds[0]
	var sums []string
	for _, folder := range []string{"one", "another/one"} {
		tree := filepath.Join(t.TempDir(), filepath.FromSlash(folder))
		mustCopyTree(t, tree)
		out := filepath.Join(t.TempDir(), c.render(t, b.Binary))
		args := append([]string{"build", "-o", out}, b.Flags...)
		for _, flags := range b.Ldflags {
			args = append(args, "-ldflags", c.render(t, flags))
		}
		cmd := exec.CommandContext(t.Context(), "go", append(args, b.Main)...)
		cmd.Dir, cmd.Env = tree, append(os.Environ(), b.Env...)
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %v: %v\n%s", args, err, text)
		}
		sums = append(sums, mustSum(t, out))
		said, err := exec.CommandContext(t.Context(), out, "-version").Output()
		want := fmt.Sprintf("%s %s (%s)\n", c.ProjectName, releasedVersion, strings.Repeat("c", 40))
		if err != nil || string(said) != want {
			t.Errorf("the provider says %q, %v; want %q", said, err, want)
		}
	}
	if sums[0] != sums[1] {
		t.Errorf("builds in two folders differ: %s and %s", sums[0], sums[1])
	}
}

// TestTheManifestNamesTheProtocolThatIsServed starts the provider as Terraform does and
// reads its handshake: CORE|PROTOCOL|NETWORK|ADDRESS|….
func TestTheManifestNamesTheProtocolThatIsServed(t *testing.T) {
	t.Parallel()
	var manifest struct {
		Version  int `json:"version"`
		Metadata struct {
			ProtocolVersions []string `json:"protocol_versions"`
		} `json:"metadata"`
	}
	decoder := json.NewDecoder(bytes.NewReader(mustRead(t, "terraform-registry-manifest.json")))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&manifest); err != nil || manifest.Version != 1 {
		t.Fatalf("manifest of version %d, %v; want 1", manifest.Version, err)
	}
	bin := filepath.Join(t.TempDir(), "terraform-provider-galley")
	build(t, root, bin)
	cmd := exec.CommandContext(t.Context(), bin)
	cmd.Env = append(os.Environ(), "PLUGIN_PROTOCOL_VERSIONS=5,6",
		"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // it was killed
	parts := strings.Split(line, "|")
	if err != nil || len(parts) < 4 {
		t.Fatalf("the provider's handshake is %q, %v", line, err)
	}
	if want := []string{parts[1] + ".0"}; !slices.Equal(manifest.Metadata.ProtocolVersions, want) {
		t.Errorf("the manifest names the protocols %q, main.go serves %q", manifest.Metadata.ProtocolVersions, want)
	}
}

package providertest

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/hashicorp/go-version"
)

// engine is the CLI of the acceptance tests, as `version -json` describes it.
type engine struct {
	version *version.Version
	tofu    bool
}

var theEngine = sync.OnceValues(func() (engine, error) {
	out, err := exec.Command(os.Getenv("TF_ACC_TERRAFORM_PATH"), "version", "-json").Output() //nolint:gosec,noctx // the path is the developer's
	if err != nil {
		return engine{}, fmt.Errorf("asking the CLI for its version: %w", err)
	}
	var said struct {
		Version string `json:"terraform_version"`
	}
	if err := json.Unmarshal(out, &said); err != nil {
		return engine{}, fmt.Errorf("reading the version of the CLI: %w", err)
	}
	v, err := version.NewVersion(said.Version)
	return engine{version: v, tofu: providerHost() == "registry.opentofu.org"}, err
})

// Tofu1_11 is the first OpenTofu with ephemeral resources and write-only arguments.
var Tofu1_11 = version.Must(version.NewVersion("1.11.0"))

// NeedEngine skips a test of what Terraform and OpenTofu have from these versions on.
func NeedEngine(t *testing.T, terraform, tofu *version.Version, feature string) {
	t.Helper()
	e, err := theEngine()
	since, name := terraform, "Terraform"
	if e.tofu {
		since, name = tofu, "OpenTofu"
	}
	switch {
	case err != nil:
		t.Fatal(err)
	case e.version.LessThan(since):
		t.Skipf("%s has %s since %s; this is %s", name, feature, since, e.version)
	}
}

// NeedTerraform skips a test of what Terraform has from that version on, and OpenTofu
// does not have. The same is tested in the protocol, whatever the CLI.
func NeedTerraform(t *testing.T, since *version.Version, feature string) {
	t.Helper()
	e, err := theEngine()
	switch {
	case err != nil:
		t.Fatal(err)
	case e.tofu:
		t.Skipf("OpenTofu %s has no %s", e.version, feature)
	case e.version.LessThan(since):
		t.Skipf("Terraform has %s since %s; this is %s", feature, since, e.version)
	}
}

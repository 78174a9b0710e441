package provider

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

// needTerraform skips a test of what Terraform has from that version on, and OpenTofu
// does not have. The same is tested in the protocol, whatever the CLI.
func needTerraform(t *testing.T, since *version.Version, feature string) {
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

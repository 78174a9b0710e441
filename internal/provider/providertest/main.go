package providertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fast"
)

// NewProvider makes the provider under test.
var NewProvider func() provider.Provider

// Main runs the tests of a package against the provider that newProvider makes. It sees to
// it that no acceptance test is skipped: they need nothing but Terraform or OpenTofu, and
// its absence is a failure, not a reason to pass.
func Main(m *testing.M, newProvider func() provider.Provider) {
	NewProvider = newProvider
	fast.Quiet()
	if os.Getenv(serveVariable) != "" {
		serveProvider()
		return
	}
	cli, err := findCLI()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	cache, err := os.MkdirTemp("", "galley-cache-*") // what providers note is not the developer's
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	cli["XDG_CACHE_HOME"] = cache
	if folder, err := os.UserCacheDir(); err == nil && os.Getenv("GOCACHE") == "" {
		cli["GOCACHE"] = filepath.Join(folder, "go-build") // where it is without the line above: tests build programs
	}
	for name, value := range cli {
		if err := os.Setenv(name, value); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	resource.TestMain(tidy{m, cache})
}

// tidy removes a folder when the tests have run, before the process ends.
type tidy struct {
	*testing.M
	folder string
}

// Run implements what resource.TestMain runs.
func (t tidy) Run() int {
	defer func() { _ = os.RemoveAll(t.folder) }()
	return t.M.Run()
}

// findCLI returns the environment for the acceptance tests.
func findCLI() (map[string]string, error) {
	env := map[string]string{
		"TF_ACC":             "1",
		"TF_CLI_CONFIG_FILE": os.DevNull, // no mirrors or credentials of the developer
		"CHECKPOINT_DISABLE": "1",
		"TF_IN_AUTOMATION":   "1",
		"GALLEY_ENDPOINT":    "",
		"GALLEY_TOKEN":       "",
		"GALLEY_USERNAME":    "",
		"GALLEY_PASSWORD":    "",

		"GALLEY_TOKEN_FILE": "", "GALLEY_WORKLOAD_IDENTITY": "", "GALLEY_WORKLOAD_IDENTITY_TAG": "", // those of the runner of these tests
		"TF_ACC_PROVIDER_HOST": os.Getenv("TF_ACC_PROVIDER_HOST"),
	}
	if os.Getenv("TF_ACC_TERRAFORM_PATH") != "" {
		return env, nil
	}
	if path, err := exec.LookPath("terraform"); err == nil {
		env["TF_ACC_TERRAFORM_PATH"] = path
		return env, nil
	}
	path, err := exec.LookPath("tofu")
	if err != nil {
		return nil, errors.New("the acceptance tests need terraform or tofu on the PATH, and there is neither: " +
			"install one, or set TF_ACC_TERRAFORM_PATH")
	}
	env["TF_ACC_TERRAFORM_PATH"] = path
	env["TF_ACC_PROVIDER_HOST"] = "registry.opentofu.org"
	return env, nil
}

// Providers serves the provider in the test's own process.
func Providers() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"galley": func() (tfprotov6.ProviderServer, error) { return newServer(), nil },
	}
}

// Context is for helpers without a test at hand, such as checks of Terraform's.
func Context() context.Context { return context.Background() }

package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

const oneFile = `
resource "galley_source_file" "test" {
  workspace = "default"
  path      = "a.txt"
  content   = "a"
}
`

func TestAccProviderWithEndpointOfTheSameApply(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	config := fmt.Sprintf(`
resource "terraform_data" "backend" { input = %q }
provider "galley" {
  endpoint = terraform_data.backend.output
  username = %q
  password = %q
}
`, s.URL, s.Username, s.Password) + oneFile
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: config, Check: providertest.ExpectContent(t, s, "a")},
			{Config: config, ConfigPlanChecks: providertest.ExpectEmptyPlans()},
		},
	})
}

func TestServeProvider(t *testing.T) {
	t.Parallel()
	if env := providertest.MustServeProvider(t); !strings.HasPrefix(env, "TF_REATTACH_PROVIDERS={") {
		t.Errorf("a provider in a program of its own is reached by %q", env)
	}
}

func TestAccProviderErrors(t *testing.T) {
	t.Parallel()
	var f servertest.Faults
	s := servertest.New(t, servertest.Options{Middleware: f.Middleware})
	block := func(arguments string) string {
		return fmt.Sprintf("provider \"galley\" {\n  endpoint = %q\n%s\n}\n", s.URL, arguments) + oneFile
	}
	tests := []struct {
		name, config, want string
		requests           int // at most: one for each of plan, plan in apply, and apply; a login is not repeated in one run
	}{
		{"a wrong password", block("username = \"admin\"\npassword = \"wrong-password\""), "Check username and password, or token", 2},
		{"a wrong token", block("token = \"gal_wrong\""), "Check username and password, or token", 3},
		{"a host that is not allowed", block("allowed_hosts = [\"production.example.com\"]"), "is not one of the allowed hosts", 0},
		{"two ways to authenticate", block("token = \"a\"\nusername = \"b\"\npassword = \"c\""), "Both a token and a user name are set", 0},
		{"a setting that does not parse", block("request_timeout = \"soon\""), "it has to be a duration above 0", 0},
		{"a validation that does not exist", block("plan_validation = \"maybe\""), "it has to be one of", 0},
		{
			"a server that is not there",
			strings.Replace(block("token = \"a\"\nmax_retries = 0"), s.URL, "http://127.0.0.1:1", 1), "check that the backend runs", 0,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f.Requests() // not parallel: they are counted
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: providertest.Providers(),
				Steps:                    []resource.TestStep{{Config: tt.config, ExpectError: providertest.Words(tt.want)}},
			})
			got := 0
			for _, n := range f.Requests() {
				got += n
			}
			if got > tt.requests {
				t.Errorf("%d requests, want at most %d", got, tt.requests)
			}
		})
	}
}

package provider

import (
	"fmt"
	"os"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
)

func TestMain(m *testing.M) {
	if os.Getenv(providertest.PluginVariable) != "" {
		if err := Serve("registry.terraform.io/recipe-galley/galley", New("test")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	providertest.Main(m, New("test"))
}

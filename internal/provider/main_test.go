package provider

import (
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
)

func TestMain(m *testing.M) { providertest.Main(m, New("test")) }

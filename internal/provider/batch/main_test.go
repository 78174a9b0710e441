package batch_test

import (
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
)

func TestMain(m *testing.M) { providertest.MainWithShadow(m, provider.New("test")) }

package providertest

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// StoredIn finds a text in the settings of a configuration in the database, in clear,
// which has what the API leaves out.
func StoredIn(s *servertest.Server, query, secret string, want bool) resource.TestCheckFunc {
	return func(*terraform.State) error {
		var stored []byte
		if err := s.Store.SQLDB().QueryRowContext(Context(), query).Scan(&stored); err != nil {
			return err
		}
		opened, err := s.Engine.OpenConfiguration(stored)
		if err != nil {
			return err
		}
		settings, err := json.Marshal(opened.Settings)
		if err != nil {
			return err
		}
		if strings.Contains(string(settings), secret) != want {
			return fmt.Errorf("the server has %s, want %q in it: %t", settings, secret, want)
		}
		return nil
	}
}

// Nowhere fails if a text is in the state.
func Nowhere(secrets ...string) resource.TestCheckFunc {
	return func(state *terraform.State) error {
		for _, secret := range secrets {
			if strings.Contains(state.String(), secret) {
				return fmt.Errorf("%q is in the state: %s", secret, state)
			}
		}
		return nil
	}
}

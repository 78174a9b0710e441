package order

import (
	"strings"
	"testing"
)

func TestCheckRole(t *testing.T) {
	t.Parallel()
	for _, role := range []string{"Admin", "Developer", "Guest"} {
		if err := CheckRole(role); err != nil {
			t.Errorf("%s: %v", role, err)
		}
	}
	for _, role := range []string{"", "admin", "Owner"} {
		if err := CheckRole(role); err == nil || !strings.Contains(err.Error(), "expected Admin, Developer or Guest") {
			t.Errorf("%q: got %v", role, err)
		}
	}
}

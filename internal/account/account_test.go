package account

import (
	"crypto/rand"
	"strings"
	"testing"
)

func TestRules(t *testing.T) {
	t.Parallel()
	var random [32]byte
	_, _ = rand.Read(random[:])
	long := strings.Repeat("a", MaxName)
	for name, c := range map[string]struct {
		check     func(string) error
		good, bad []string
	}{
		"roles":     {CheckRole, Roles(), []string{"", "anyone", "Admin"}},
		"users":     {CheckUsername, []string{"ann", "a.b_c-d@e+f", long}, []string{"", "a b", "a:b", "ä", long + "a"}},
		"passwords": {CheckPassword, []string{"12345678", strings.Repeat("ä", MaxPassword/2)}, []string{"", "1234567", strings.Repeat("a", MaxPassword+1), "a\x00345678", "\xff2345678"}},
		"tokens":    {CheckTokenName, []string{"ci", "for the ci", long}, []string{"", "  ", "a\x00", "\xff", long + "a"}},
		"secrets":   {CheckSecret, []string{Secret(random), "gal_" + strings.Repeat("_-9", 14) + "Z"}, []string{"", "gal_", Secret(random)[1:], Secret(random) + "a", Secret(random) + "\n", "gal_" + strings.Repeat("+", 43)}},
	} {
		for _, v := range c.good {
			if err := c.check(v); err != nil {
				t.Errorf("%s: %q is refused: %v", name, v, err)
			}
		}
		for _, v := range c.bad {
			if err := c.check(v); err == nil {
				t.Errorf("%s: %q is taken", name, v)
			}
		}
	}
}

// What is secret is not repeated in an error.
func TestErrorsShowNoSecret(t *testing.T) {
	t.Parallel()
	for _, err := range []error{CheckPassword("hunter2"), CheckSecret("gal_hunter2")} {
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v, want an error without the secret", err)
		}
	}
}

package auth

import "testing"

func TestArgonHash(t *testing.T) {
	t.Parallel()
	hash := argonHash("password")
	for _, c := range []struct {
		hash, password string
		want, bad      bool
	}{
		{hash, "password", true, false}, {hash, "Password", false, false}, {hash, "", false, false},
		{"", "password", false, true}, {"plain", "plain", false, true}, {"$argon2id$v=19$m=1,t=1$x$y", "", false, true},
		{"$argon2id$v=19$m=99999999,t=1,p=1$c2FsdHNhbHQ$a2V5a2V5a2V5a2V5a2V5", "", false, true},
		{"$2b$12$abcdefghijklmnopqrstuv", "", false, true},
	} {
		got, err := argonCheck(c.hash, c.password)
		if got != c.want || (err != nil) != c.bad {
			t.Errorf("%.40q with %q: got %t, %v", c.hash, c.password, got, err)
		}
	}
}

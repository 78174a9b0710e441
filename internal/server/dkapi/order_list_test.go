package dkapi

import "testing"

func TestWholeTextOfASearch(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]string{
		`^a-1$`: "a-1", `^a\.1$`: "a.1", `\Aab\z`: "ab", `^00000000-0000-11f0-8000-000000000001$`: "00000000-0000-11f0-8000-000000000001",
		// Others may fit several.
		``: "", `a-1`: "", `^a-1`: "", `a-1$`: "", `^$`: "", `^a.1$`: "", `^a-1|b$`: "", `^(a|b)$`: "", `(?i)^a-1$`: "", `(?m)^a-1$`: "",
		`^a-1\n$`: "a-1\n", `^a*$`: "", `^[ab]$`: "", `(`: "",
	} {
		if got, ok := wholeText(expression); got != want || ok != (want != "") {
			t.Errorf("%s: got %q, %t, expected %q", expression, got, ok, want)
		}
	}
}

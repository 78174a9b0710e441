package seed_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
)

func TestArguments(t *testing.T) {
	t.Parallel()
	env := map[string]string{"FILE": "/galley/inputs/FILE/a b.txt", "LIMIT": "5", "EMPTY": "", "EVIL": "$(touch x) `y`; {a,b} *"}
	for command, want := range map[string][]string{
		"":                                  nil,
		"${FILE}":                           {"/galley/inputs/FILE/a", "b.txt"},
		`"${FILE}" -o "$EMPTY"`:             {"/galley/inputs/FILE/a b.txt", "-o", ""},
		"${LIMIT/#/-d } ${ABSENT/#/-d }":    {"-d", "5"},
		`${LIMIT/%/.txt} "${LIMIT/#/-d }"`:  {"5.txt", "-d 5"},
		"${LIMIT/5/6}":                      {"6"},
		"${LIMIT:+--limit=$LIMIT} ${NO:-3}": {"--limit=5", "3"},
		`'$LIMIT' "a\"b" c\ d`:              {"$LIMIT", `a"b`, "c d"},
		`"$EVIL"`:                           {env["EVIL"]},
		"$EVIL":                             {"$(touch", "x)", "`y`;", "{a,b}", "*"},
		"*.txt":                             {"*.txt"},
		"one\ntwo":                          {"one", "two"},
	} {
		got, err := seed.Arguments(command, env)
		if err != nil {
			t.Errorf("%s: %v", command, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", command, diff)
		}
	}
}

func TestArgumentsRefusesWhatOnlyAShellCanDo(t *testing.T) {
	t.Parallel()
	for _, command := range []string{
		"a && b", "a | b", "a > b", "$(ls)", "`ls`", `"x$(ls)"`, "<(ls)", "${X:-$(ls)}", "{1..999999999}", "{a,b}", "'open", "${X:=5}", "a; b", "${X/#a/b}",
	} {
		words, err := seed.Arguments(command, nil)
		if err == nil || !strings.HasPrefix(err.Error(), "interface.command: found ") {
			t.Errorf("%s: got %q, %v", command, words, err)
		}
	}
}

func FuzzArguments(f *testing.F) {
	for _, command := range []string{"", "${A/#/-d } \"$B\" 'c'", "<(ls)", "${A:=$((1+2))}", "{a,b}", "${A@Q} ${!A} $@ ${#A} ${A:1:2}"} {
		f.Add(command)
	}
	f.Fuzz(func(t *testing.T, command string) {
		if _, err := seed.Arguments(command, map[string]string{"A": "1 2", "B": "$(c)"}); err != nil && !strings.HasPrefix(err.Error(), "interface.command") {
			t.Errorf("%q: %v", command, err)
		}
	})
}

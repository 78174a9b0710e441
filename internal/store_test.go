package internal

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestStoreHasNoMethodsForTestsAlone looks for each exported method of the store's queries in what ships: what
// tests alone call is not what the product does. It goes by names, so that a namesake elsewhere hides one.
func TestStoreHasNoMethodsForTestsAlone(t *testing.T) {
	t.Parallel()
	const store = "internal/server/store"
	method := regexp.MustCompile(`(?m)^func \((?:q Q|tx \*Tx|s \*Store)\) ([A-Z]\w*)\(`)
	called := regexp.MustCompile(`\.([A-Z]\w*)\b`)
	var methods []string
	calls := map[string]bool{}
	walkTree(t, func(name string) {
		dir := path.Dir(name)
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.HasSuffix(dir, "test") {
			return
		}
		source := mustRead(t, name)
		for _, m := range called.FindAllSubmatch(source, -1) {
			calls[string(m[1])] = true
		}
		if dir == store {
			for _, m := range method.FindAllSubmatch(source, -1) {
				methods = append(methods, string(m[1]))
			}
		}
	})
	if len(methods) < 100 {
		t.Fatalf("only %d methods were found: %v", len(methods), methods)
	}
	slices.Sort(methods)
	for _, m := range slices.Compact(methods) {
		if !calls[m] {
			t.Errorf("the store's method %s is used by tests only: drop it, and let tests ask what ships", m)
		}
	}
}

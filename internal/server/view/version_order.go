package view

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// CompareVersions orders semantic versions, so that 1.10.0 is after 1.9.0 and a
// pre-release before its release. Parts that are no numbers are compared as text.
func CompareVersions(a, b string) int {
	coreA, preA := splitVersion(a)
	coreB, preB := splitVersion(b)
	if c := slices.CompareFunc(strings.Split(coreA, "."), strings.Split(coreB, "."), compareVersionParts); c != 0 {
		return c
	}
	switch {
	case preA == preB:
		return cmp.Compare(a, b)
	case preA == "":
		return 1
	case preB == "":
		return -1
	}
	return cmp.Or(slices.CompareFunc(strings.Split(preA, "."), strings.Split(preB, "."), compareVersionParts), cmp.Compare(a, b))
}

func splitVersion(v string) (core, pre string) {
	v, _, _ = strings.Cut(v, "+")
	core, pre, _ = strings.Cut(v, "-")
	return core, pre
}

func compareVersionParts(a, b string) int {
	m, errM := strconv.ParseUint(a, 10, 64)
	n, errN := strconv.ParseUint(b, 10, 64)
	switch {
	case errM == nil && errN == nil:
		return cmp.Compare(m, n)
	case errM == nil:
		return -1
	case errN == nil:
		return 1
	}
	return cmp.Compare(a, b)
}

package recipe

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
)

// A finding is a problem with its place in the order in which the original
// service looks (contract 2.2): the stage, then the rank of a node within it.
type finding struct {
	stage, rank int
	Problem
}

// maxProblems bounds the answer to a document that is wrong all over.
const maxProblems = 1000

// findings collects the problems of one check.
type findings []finding

func (f *findings) add(stage int, at Path, code Code, format string, args ...any) {
	*f = append(*f, finding{stage: stage, Problem: Problem{
		Path: at, Code: code, Message: fmt.Sprintf(format, args...),
	}})
}

// include adds the answer of the schema to a stage.
func (f *findings) include(stage int, structural Problems) {
	for i, p := range structural {
		rank := 0
		if i >= maxSchemaProblems {
			rank = 1 // the last, which counts those left out
		}
		*f = append(*f, finding{stage, rank, p})
	}
}

// problems returns what was found, in order and without repetitions.
func (f findings) problems() Problems {
	slices.SortStableFunc(f, func(a, b finding) int {
		return cmp.Or(cmp.Compare(a.stage, b.stage), cmp.Compare(a.rank, b.rank),
			comparePaths(a.Path, b.Path), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
	var out Problems
	for i, p := range f {
		if i > 0 && p.Code == f[i-1].Code && p.Message == f[i-1].Message && slices.Equal(p.Path, f[i-1].Path) {
			continue
		}
		if len(out) == maxProblems {
			p.Path = nil
			p.Message = fmt.Sprintf("There are %d more problems; they are left out", len(f)-i)
			return append(out, p.Problem)
		}
		out = append(out, p.Problem)
	}
	return out
}

// comparePaths orders positions of arrays by number, then everything else by text.
func comparePaths(a, b Path) int {
	return slices.CompareFunc(a, b, func(x, y string) int {
		m, isNumber := position(x)
		n, isNumber2 := position(y)
		switch {
		case isNumber && isNumber2:
			return cmp.Or(cmp.Compare(m, n), cmp.Compare(x, y))
		case isNumber:
			return -1
		case isNumber2:
			return 1
		}
		return cmp.Compare(x, y)
	})
}

// position reads a step of a path as a position in an array.
func position(step string) (n int, ok bool) {
	const longest = 9
	if step == "" || len(step) > longest || strings.Trim(step, "0123456789") != "" {
		return 0, false
	}
	for _, digit := range step {
		n = 10*n + int(digit-'0')
	}
	return n, true
}

// place names the place that at leads to, in a document that is called noun.
func place(at Path, noun string) string {
	if len(at) == 0 {
		return noun
	}
	return at.String()
}

// Quoted lists words for a message: 'a', 'b' or 'c'.
func Quoted(words []string, last string) string {
	q := make([]string, len(words))
	for i, w := range words {
		q[i] = "'" + w + "'"
	}
	switch n := len(q); n {
	case 0:
		return "nothing"
	case 1:
		return q[0]
	default:
		return strings.Join(q[:n-1], ", ") + " " + last + " " + q[n-1]
	}
}

// didYouMean is DidYouMean, until there are so many findings that looking for
// suggestions would only cost time.
func (f findings) didYouMean(word string, candidates []string) string {
	const enough = 50
	if len(f) >= enough {
		return ""
	}
	return DidYouMean(word, candidates)
}

// DidYouMean returns "; did you mean 'x'?" for the candidate that is closest to word, or
// "" if none is close.
func DidYouMean(word string, candidates []string) string {
	return document.DidYouMean(word, candidates)
}

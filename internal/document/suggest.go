package document

import "strings"

// DidYouMean returns "; did you mean 'x'?" for the candidate that is closest to word, or
// "" if none is close: at most a third of the letters may differ, upper and lower case
// count as the same. Two letters that are swapped are one difference.
func DidYouMean(word string, candidates []string) string {
	if best := closest(word, candidates); best != "" {
		return "; did you mean '" + best + "'?"
	}
	return ""
}

// closest is the candidate that DidYouMean suggests, or "".
func closest(word string, candidates []string) string {
	const longest, most = 100, 2000 // beyond that the search costs more than it helps
	if len(word) > longest || len(candidates) > most {
		return ""
	}
	best, least, bound := "", 0, min(len([]rune(word)), 30)/3+1
	for _, c := range candidates {
		d := distance(strings.ToLower(word), strings.ToLower(c), bound)
		if d < bound && (best == "" || d < least || d == least && c < best) {
			best, least = c, d
		}
	}
	return best
}

// distance is the number of edits that lead from a to b, or bound if there are at least
// that many. An edit inserts, deletes or replaces a letter, or swaps two that are side by
// side (optimal string alignment).
func distance(a, b string, bound int) int {
	x, y := []rune(a), []rune(b)
	if max(len(x), len(y))-min(len(x), len(y)) >= bound {
		return bound
	}
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	quiet := 0 // rows in a row that have nothing below bound: a swap reaches over one
	for i, r := range x {
		row[0] = i + 1
		least := row[0]
		for j, s := range y {
			edits := last[j]
			if r != s {
				edits = 1 + min(last[j], last[j+1], row[j])
			}
			if i > 0 && j > 0 && r == y[j-1] && x[i-1] == s {
				edits = min(edits, before[j-1]+1)
			}
			row[j+1] = edits
			least = min(least, edits)
		}
		if quiet++; least < bound {
			quiet = 0
		}
		if quiet > 1 {
			return bound
		}
		before, last, row = last, row, before
	}
	return min(last[len(y)], bound)
}

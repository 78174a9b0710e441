package recipe

import "strings"

// didYouMean is the function, until there are so many findings that looking for
// suggestions would only cost time.
func (f findings) didYouMean(word string, candidates []string) string {
	const enough = 50
	if len(f) >= enough {
		return ""
	}
	return didYouMean(word, candidates)
}

// didYouMean returns "; did you mean 'x'?" for the candidate that is closest to
// word, or "" if none is close: at most a third of the letters may
// differ, upper and lower case count as the same.
func didYouMean(word string, candidates []string) string {
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
	if best == "" {
		return ""
	}
	return "; did you mean '" + best + "'?"
}

// distance is the number of single-letter edits (insert, delete, replace) that
// lead from a to b, or bound if there are at least that many.
func distance(a, b string, bound int) int {
	x, y := []rune(a), []rune(b)
	if max(len(x), len(y))-min(len(x), len(y)) >= bound {
		return bound
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range x {
		diagonal, least := row[0], i+1
		row[0] = i + 1
		for j, s := range y {
			edits := diagonal
			if r != s {
				edits = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], edits
			least = min(least, edits)
		}
		if least >= bound {
			return bound
		}
	}
	return min(row[len(y)], bound)
}

// DidYouMean returns "; did you mean 'x'?" for the candidate that is closest to word,
// or "" if none is close: at most a third of the letters may differ.
func DidYouMean(word string, candidates []string) string { return didYouMean(word, candidates) }

package recipe

import "github.com/recipe-galley/terraform-provider-galley/internal/document"

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

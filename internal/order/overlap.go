package order

import (
	"fmt"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// Overlap is what becomes of a run that is due while another of its order is under way (ours).
type Overlap string

// The overlaps.
const (
	OverlapAllow Overlap = "allow" // it runs, too: the default
	OverlapSkip  Overlap = "skip"  // it does not run, and is counted
	OverlapHold  Overlap = "hold"  // it waits until the other has ended; of several the latest runs
)

// Overlaps are all of them, the default first.
func Overlaps() []string {
	return []string{string(OverlapAllow), string(OverlapSkip), string(OverlapHold)}
}

// ParseOverlap reads one; "" is the default.
func ParseOverlap(text string) (Overlap, error) {
	switch o := Overlap(text); o {
	case "":
		return OverlapAllow, nil
	case OverlapAllow, OverlapSkip, OverlapHold:
		return o, nil
	}
	return "", fmt.Errorf("overlap is '%s'; it has to be allow, skip or hold%s", recipe.Shorten(text), recipe.DidYouMean(text, Overlaps()))
}

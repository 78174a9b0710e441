package order

import (
	"fmt"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// Overlap is what becomes of a run that is due while another of its order is under way (ours).
type Overlap string

// The overlaps.
const (
	OverlapAllow  Overlap = "allow"  // it runs, too: the default
	OverlapSkip   Overlap = "skip"   // it does not run, and is counted
	OverlapHold   Overlap = "hold"   // it waits until the other has ended; of several the latest runs
	OverlapCancel Overlap = "cancel" // the other is stopped, and it runs when that has ended
)

// Overlaps are all of them, the default first.
func Overlaps() []string {
	return []string{string(OverlapAllow), string(OverlapSkip), string(OverlapHold), string(OverlapCancel)}
}

// ParseOverlap reads one; "" is not said.
func ParseOverlap(text string) (Overlap, error) {
	switch o := Overlap(text); o {
	case "", OverlapAllow, OverlapSkip, OverlapHold, OverlapCancel:
		return o, nil
	}
	return "", fmt.Errorf("overlap is '%s'; it has to be allow, skip, hold or cancel%s", recipe.Shorten(text), recipe.DidYouMean(text, Overlaps()))
}

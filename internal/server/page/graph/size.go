package graph

import (
	"strings"
	"unicode"
)

// Zoom is how much of a node is shown.
type Zoom int

// The zooms, from far to near.
const (
	ZoomShapes  Zoom = iota // shapes only; the names of those that have failed or run
	ZoomNames               // shape and name
	ZoomDetails             // and the detail below
)

// size has the lengths of a zoom.
type size struct {
	width, height float64 // of a job
	slant         float64 // by which the tips of a condition stick out beyond its corners
	extra         float64 // by which a condition is wider than a job
	sheet         float64 // by which the sheets of a stack are shifted
	gap           float64 // between two columns
	labelGap      float64 // between two columns if edges with labels end in the right one
	between       float64 // between two nodes of a column
	line          float64 // kept free for an edge that goes through a column
	margin        float64 // around all
	port          float64 // between two edges that end at one node
	frame         float64 // inside of a frame
	heading       float64 // above the graph in a frame
}

var sizes = [...]size{
	ZoomShapes:  {16, 16, 4, 4, 2, 24, 24, 9, 4, 14, 2, 10, 16},
	ZoomNames:   {90, 18, 8, 16, 2, 24, 24, 3.5, 4, 6, 2, 10, 18},
	ZoomDetails: {134, 46, 19.3, 34, 3, 27, 76, 18, 10, 14, 6, 12, 22},
}

// box is the size of a node that is not opened.
func (s size) box(n Node) (w, h float64) {
	w, h = s.width, s.height
	if n.Kind == Condition {
		w += s.extra
	}
	if n.Stack {
		h += 2 * s.sheet
	}
	return w, h
}

// letters has the widths of the ASCII characters from the space on, in 1/1000 of
// the font's size: those of Helvetica Bold, from its public metrics, which is
// among the widest fonts of the page's list.
var letters = [...]uint16{
	278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278,
	556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611,
	975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778,
	667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556,
	333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611,
	611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
}

// textWidth estimates how wide s is in that font size. Text that is not bold is
// narrower in most fonts.
func textWidth(s string, fontSize float64) float64 {
	total := 0
	for _, r := range s {
		total += letterWidth(r)
	}
	return fontSize * float64(total) / 1000
}

func letterWidth(r rune) int {
	switch {
	case r >= ' ' && int(r-' ') < len(letters):
		return int(letters[r-' '])
	case unicode.Is(unicode.Mn, r):
		return 0
	case r >= 0x1100 && !unicode.Is(unicode.Sm, r) && !unicode.Is(unicode.Po, r):
		return 1000 // Chinese, Japanese, Korean, and pictures
	default:
		return 700
	}
}

// shorten cuts s in the middle if it is wider than width.
func shorten(s string, fontSize, width float64) string {
	if textWidth(s, fontSize) <= width {
		return s
	}
	letters := []rune(s)
	for keep := len(letters) - 1; keep > 1; keep-- {
		head := (keep + 1) / 2
		cut := string(letters[:head]) + "…" + string(letters[len(letters)-keep+head:])
		if textWidth(cut, fontSize) <= width {
			return cut
		}
	}
	return "…"
}

// printable makes one line of s that shows what cannot be seen: control
// characters become their pictures, and marks that turn the direction of the text a ␣.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ':
			return '␀' + r
		case r == 0x7f:
			return '␡'
		case !unicode.IsPrint(r):
			return '␣'
		}
		return r
	}, s)
}

// shortenEnd cuts s at its end if it is wider than width.
func shortenEnd(s string, fontSize, width float64) string {
	if textWidth(s, fontSize) <= width {
		return s
	}
	letters := []rune(s)
	for keep := len(letters) - 1; keep > 0; keep-- {
		if cut := strings.TrimRight(string(letters[:keep]), " ") + "…"; textWidth(cut, fontSize) <= width {
			return cut
		}
	}
	return "…"
}

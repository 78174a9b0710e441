package graph

import "strings"

// node writes the element of a node: a link to what it is about, and for a
// sub-recipe a second one that opens or closes it.
func (w *writer) node(d *Drawing, i int) {
	n, b := d.graph.Nodes[i], d.Boxes[i]
	href := n.Href
	if href == "" {
		href = "#" + Anchor(n.ID)
	}
	class := n.State.Class
	if class == "" {
		class = "plain"
	}
	w.text(`<g id="`, Anchor(n.ID), `" class="n `, class)
	if n.Inside != nil {
		w.text(" open")
	}
	w.text(`">`)
	w.text(`<a`).href(href) // its title is its name for those who do not see it
	if n.Chosen {
		w.text(` aria-current="true"`)
	}
	w.text(`><title>`).escaped(n.title()).text(`</title>`)
	if n.Chosen {
		w.rect("sel", Box{b.X - 5, b.Y - 5, b.W + 10, b.H + 10}, 11)
	}
	switch {
	case n.Inside != nil:
		w.frame(d, n, b)
	case d.Zoom == ZoomShapes && n.State.Shape == "":
		w.outline(d, n, b)
	case d.Zoom == ZoomShapes:
		w.rect("hid", b, 4)
		w.shape(n.State, b.X+1, b.Y+b.H/2-7, 14)
	case d.Zoom == ZoomNames:
		b = w.outline(d, n, b)
		w.small(d, n, b)
	default:
		b = w.outline(d, n, b)
		w.details(d, n, b)
	}
	w.text("</a>")
	w.fold(d, n, b)
	w.text("</g>")
}

// title is everything about a node: "load · FAILED · Rows rejected".
func (n Node) title() string {
	parts := []string{n.Name}
	for _, s := range []string{n.State.Word, n.Detail, n.Count} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " · ")
}

// radius is that of the corners at each zoom.
var radius = [...]float64{4, 4, 7}

// outline draws the shape that tells the kind, and gives the place for what is in it.
func (w *writer) outline(d *Drawing, n Node, b Box) Box {
	r := radius[d.Zoom]
	if n.Stack {
		s := d.size.sheet
		b = Box{b.X, b.Y + 2*s, b.W - 2*s, b.H - 2*s}
		w.rect("bx sh", Box{b.X + 2*s, b.Y - 2*s, b.W, b.H}, r)
		w.rect("bx sh", Box{b.X + s, b.Y - s, b.W, b.H}, r)
	}
	if n.Kind == Condition {
		s := d.size.slant
		w.text(`<path class="bx" d="M`).number(b.X).text(" ").number(b.Y + b.H/2).
			text("l").number(s).text(" ").number(-b.H / 2).text("h").number(b.W - 2*s).
			text("l").number(s).text(" ").number(b.H / 2).text("l").number(-s).text(" ").number(b.H / 2).
			text("h").number(2*s - b.W).text(`z"/>`)
		return Box{b.X + s - 2, b.Y, b.W - 2*s + 4, b.H}
	}
	w.rect("bx", b, r)
	if n.Kind == Recipe {
		w.sides(b, d.Zoom)
		return Box{b.X + 4, b.Y, b.W - 8, b.H}
	}
	return b
}

// sides draws the second sides of a sub-recipe.
func (w *writer) sides(b Box, zoom Zoom) {
	in := 4.0
	if zoom != ZoomDetails {
		in = 3
	}
	w.text(`<path class="bx nf" d="M`).number(b.X + in).text(" ").number(b.Y).text("v").number(b.H).
		text("M").number(b.X + b.W - in).text(" ").number(b.Y).text("v").number(b.H).text(`"/>`)
}

func (w *writer) rect(class string, b Box, radius float64) {
	w.text(`<rect class="`, class, `" x="`).number(b.X).text(`" y="`).number(b.Y).text(`" width="`).number(b.W).
		text(`" height="`).number(b.H).text(`" rx="`).number(radius).text(`"/>`)
}

// shape draws the shape of a state; nothing for a node that has none.
func (w *writer) shape(s State, x, y, size float64) {
	if s.Shape == "" {
		return
	}
	w.text(`<svg class="ic `, s.Class, `" x="`).number(x).text(`" y="`).number(y).text(`" width="`).number(size).
		text(`" height="`).number(size).text(`" viewBox="0 0 14 14" aria-hidden="true"><use href="#s-`, s.Shape, `"/></svg>`)
}

func (w *writer) line(class string, x, y float64, text string) {
	w.text(`<text class="`, class, `" x="`).number(x).text(`" y="`).number(y).text(`">`).escaped(text).text("</text>")
}

// Sizes of fonts, as in graph.css.
const (
	nameFont   = 13
	nameWeight = 1.08 // by which names are wider than textWidth says, in fonts that are not among the page's
	detailFont = 11.5
	smallFont  = 11
)

// details writes the shape, the name and below it the detail.
func (w *writer) details(d *Drawing, n Node, b Box) {
	x, inset := b.X+11, 10.0
	if n.Kind == Condition {
		x, inset = b.X, 2
	}
	if n.State.Shape != "" {
		w.shape(n.State, x, b.Y+7.5, 14)
		x += 20
	}
	right, detailRight := b.X+b.W-inset, b.X+b.W-inset
	if n.Kind == Condition {
		detailRight += d.size.slant / 2 // there the diamond is wider
	}
	y := b.Y + 19
	if n.Detail == "" && n.Kind != Condition {
		y = b.Y + b.H/2 + 4.5
	}
	nameRight := right
	if n.Count != "" {
		nameRight -= textWidth(n.Count, detailFont) + 6
		if n.Fold == "" {
			w.text(`<text class="dt" x="`).number(right).text(`" y="`).number(b.Y + 19).text(`" text-anchor="end">`).escaped(n.Count).text("</text>")
		}
	} else if n.Fold != "" {
		nameRight -= 20
	}
	w.line("nm", x, y, shorten(printable(n.Name), nameFont*nameWeight, nameRight-x))
	if n.Detail != "" {
		w.line("dt", x, b.Y+35, shortenEnd(printable(n.Detail), detailFont, detailRight-x))
	}
}

// small writes the shape and the name in one line, with the count after it.
func (w *writer) small(d *Drawing, n Node, b Box) {
	x := b.X + 6
	if n.Kind == Condition {
		x = b.X
	}
	if n.State.Shape != "" {
		w.shape(n.State, x, b.Y+b.H/2-5, 10)
		x += 14
	}
	count := strings.ReplaceAll(n.Count, " ", "")
	room := b.X + b.W - 3 - x
	switch {
	case n.Fold != "":
		room -= foldWidth(n, d.Zoom) - 4
		count = ""
	case count != "":
		count = " " + count
		room -= textWidth(count, smallFont)
	}
	w.line("nm2", x, b.Y+b.H/2+3.8, shorten(printable(n.Name), smallFont, room)+count)
}

// nameAbove writes the name of what has failed or runs above its shape, where there is
// place for it.
func (w *writer) nameAbove(d *Drawing, i int) {
	n, b := d.graph.Nodes[i], d.Boxes[i]
	if n.Inside == nil && (n.State.Word == "FAILED" || n.State.Word == "RUNNING") {
		const most = 120
		w.line("lab on "+n.State.Class, b.X, b.Y-2, shorten(printable(n.Name), smallFont, most))
	}
}

// frame draws an opened sub-recipe.
func (w *writer) frame(d *Drawing, n Node, b Box) {
	w.rect("bx fr", b, radius[d.Zoom]+3)
	x := b.X + d.size.frame
	if n.State.Shape != "" {
		w.shape(n.State, x, b.Y+d.size.heading/2-5, 12)
		x += 17
	}
	name := n.Name
	if n.Detail != "" {
		name += " · " + n.Detail
	}
	w.line("nm2", x, b.Y+d.size.heading/2+5, shorten(printable(name), smallFont, b.X+b.W-30-x))
}

// foldSign is what the link says that opens or closes a sub-recipe.
func foldSign(n Node, zoom Zoom) string {
	switch {
	case n.Inside != nil:
		return "−"
	case n.Count == "":
		return "+"
	case zoom == ZoomNames:
		return strings.ReplaceAll(n.Count, " ", "")
	default:
		return n.Count
	}
}

func foldWidth(n Node, zoom Zoom) float64 {
	return max(24, textWidth(foldSign(n, zoom), detailFont)+10)
}

// fold writes the link that opens or closes a sub-recipe. b is the place of what is in the node.
func (w *writer) fold(d *Drawing, n Node, b Box) {
	if n.Fold == "" || d.Zoom == ZoomShapes && n.Inside == nil { // there is no place; the table beside the graph has the link
		return
	}
	verb := "Open "
	if n.Inside != nil {
		verb = "Close "
	}
	width := foldWidth(n, d.Zoom)
	at := Box{b.X + b.W - width, b.Y, width, min(b.H, 24)}
	w.text(`<a class="fold"`).href(n.Fold).text(`><title>`, verb).escaped(n.Name).text("</title>")
	w.rect("hid", at, 4)
	w.text(`<text class="dt" x="`).number(at.X + width/2).text(`" y="`).number(at.Y + at.H/2 + 4).
		text(`" text-anchor="middle">`).escaped(foldSign(n, d.Zoom)).text("</text></a>")
}

package graph

const passes = 40 // over all layers, to find their nodes' heights

// place finds how far down each vertex is: as near to its neighbours as the order
// and the distances in its layer allow.
func (l *layers) place() {
	for _, layer := range l.ranks {
		y := 0.0
		for i, v := range layer {
			if i > 0 {
				y += l.distance(layer[i-1], v)
			}
			l.vertices[v].y = y
		}
	}
	for pass := range passes {
		switch pass % 3 {
		case 0:
			for r := range l.ranks {
				l.settle(r, true, false)
			}
		case 1:
			for r := len(l.ranks) - 1; r >= 0; r-- {
				l.settle(r, false, true)
			}
		case 2:
			for r := range l.ranks {
				l.settle(r, true, true)
			}
		}
	}
	top := 0.0
	for i, v := range l.vertices {
		if y := v.y - v.h/2; i == 0 || y < top {
			top = y
		}
	}
	for i := range l.vertices {
		l.vertices[i].y -= top
	}
}

// distance is the least one between the middles of two vertices, the first above the second.
func (l *layers) distance(upper, lower int) float64 {
	a, b := &l.vertices[upper], &l.vertices[lower]
	space := l.d.size.between
	switch {
	case a.node < 0 && b.node < 0:
		space *= 0.5
	case a.node < 0 || b.node < 0:
		space *= 0.75
	}
	return a.h/2 + space + b.h/2
}

// block is a run of vertices of a layer that touch, and where the first of them would like to be.
type block struct {
	sum, weight float64 // of the wishes
	size        int
}

func (b block) wish() float64 { return b.sum / b.weight }

// settle moves the vertices of a layer to the places nearest to what they wish.
// That is exact, in one go: without the summed distances the places only have to
// grow, and neighbours that would not are pooled.
func (l *layers) settle(r int, before, after bool) {
	layer := l.ranks[r]
	blocks := make([]block, 0, len(layer))
	offset := 0.0
	for i, v := range layer {
		if i > 0 {
			offset += l.distance(layer[i-1], v)
		}
		wish, weight := l.wish(v, before, after)
		b := block{(wish - offset) * weight, weight, 1}
		for len(blocks) > 0 && blocks[len(blocks)-1].wish() > b.wish() {
			upper := blocks[len(blocks)-1]
			blocks = blocks[:len(blocks)-1]
			b = block{upper.sum + b.sum, upper.weight + b.weight, upper.size + b.size}
		}
		blocks = append(blocks, b)
	}
	next := 0
	offset = 0
	for _, b := range blocks {
		for range b.size {
			if next > 0 {
				offset += l.distance(layer[next-1], layer[next])
			}
			l.vertices[layer[next]].y = b.wish() + offset
			next++
		}
	}
}

// wish is the mean of the heights of a vertex's neighbours, and how much they weigh.
// Long edges weigh more, so that they come out straight.
func (l *layers) wish(v int, before, after bool) (y, weight float64) {
	vertex := &l.vertices[v]
	add := func(neighbours []int) {
		for _, n := range neighbours {
			w := 1.0
			switch free := l.vertices[n].node < 0; {
			case free && vertex.node < 0:
				w = 8
			case free || vertex.node < 0:
				w = 3
			}
			y += w * l.vertices[n].y
			weight += w
		}
	}
	if before {
		add(vertex.in)
	}
	if after {
		add(vertex.out)
	}
	if weight == 0 {
		return vertex.y, 1
	}
	return y / weight, weight
}

package graph

// heap gives the smallest of its numbers first.
type heap []int

func (h *heap) push(n int) {
	*h = append(*h, n)
	for i := len(*h) - 1; i > 0 && (*h)[i] < (*h)[(i-1)/2]; i = (i - 1) / 2 {
		(*h)[i], (*h)[(i-1)/2] = (*h)[(i-1)/2], (*h)[i]
	}
}

func (h *heap) pop() int {
	s := *h
	smallest := s[0]
	s[0] = s[len(s)-1]
	s = s[:len(s)-1]
	for i := 0; 2*i+1 < len(s); {
		child := 2*i + 1
		if child+1 < len(s) && s[child+1] < s[child] {
			child++
		}
		if s[i] <= s[child] {
			break
		}
		s[i], s[child] = s[child], s[i]
		i = child
	}
	*h = s
	return smallest
}

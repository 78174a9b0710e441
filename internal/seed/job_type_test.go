package seed

import (
	"math"
	"testing"
)

func TestCheckMaxScheduled(t *testing.T) {
	t.Parallel()
	for n, ok := range map[int64]bool{0: true, 1: true, math.MaxInt32: true, -1: false, math.MaxInt32 + 1: false, math.MaxInt64: false} {
		if err := CheckMaxScheduled(n); (err == nil) != ok {
			t.Errorf("%d: error is %v, want success %t", n, err, ok)
		}
	}
}

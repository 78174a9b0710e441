package seed

import (
	"fmt"
	"math"
)

// CheckMaxScheduled accepts how many jobs of a type may run at the same time: 0 for no
// limit, or a number of 31 bits.
func CheckMaxScheduled(n int64) error {
	if n < 0 || n > math.MaxInt32 {
		return fmt.Errorf("max_scheduled: found %d, expected 0 (no limit) to %d", n, math.MaxInt32)
	}
	return nil
}

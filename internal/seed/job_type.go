package seed

import (
	"fmt"
	"math"
	"strings"
	"unicode"
)

// CheckImage accepts the name of a job type's image; "" too, for which there is a default.
func CheckImage(image string) error {
	if strings.ContainsFunc(image, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return fmt.Errorf("docker_image: found %q, which has blanks; expected the name of an image such as registry.example.com/job:1.0.0", image)
	}
	return nil
}

// CheckMaxScheduled accepts how many jobs of a type may run at the same time: 0 for no
// limit, or a number of 31 bits.
func CheckMaxScheduled(n int64) error {
	if n < 0 || n > math.MaxInt32 {
		return fmt.Errorf("max_scheduled: found %d, expected 0 (no limit) to %d", n, math.MaxInt32)
	}
	return nil
}

package executor

import (
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
)

// maxWarnings is how many lines about side-cars a log gets: a job may have 10,000 of them.
const maxWarnings = 20

func (f *OutputFile) readSideCar(root *os.Root) (*JobError, error) {
	value, problem, err := readJSON(root, f.Name+metadataSuffix, ErrInvalidOutput)
	if value == nil || problem != nil || err != nil {
		return problem, err
	}
	f.SideCar = seed.ReadSideCar(value)
	return nil, nil
}

// warnings says what of the side-cars was not taken, for the job's log.
func warnings(files map[string][]OutputFile) []string {
	var lines []string
	for _, output := range slices.Sorted(maps.Keys(files)) {
		for _, f := range files[output] {
			for _, w := range f.Warnings {
				lines = append(lines, fmt.Sprintf("%s%s: %s", f.Name, metadataSuffix, w))
			}
		}
	}
	if more := len(lines) - maxWarnings; more > 0 {
		lines = append(lines[:maxWarnings], fmt.Sprintf("and %d more warnings about side-cars", more))
	}
	return lines
}

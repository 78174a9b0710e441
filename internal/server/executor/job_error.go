package executor

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
)

// Categories of a JobError (contract 1.4).
const (
	System    = "SYSTEM"    // the service's doing
	Algorithm = "ALGORITHM" // the job's doing
	Data      = "DATA"      // the input's doing
)

// Names of the errors that come with the service.
const (
	ErrTimeout         = recipe.ErrorTimeout
	ErrUnknown         = recipe.ErrorUnknown
	ErrMissingOutput   = recipe.ErrorMissingOutput
	ErrMultipleOutputs = recipe.ErrorMultipleOutputs
	ErrInvalidResults  = recipe.ErrorInvalidResults
	ErrInvalidOutput   = recipe.ErrorInvalidOutput
	ErrInvalidInput    = recipe.ErrorInvalidInput
	ErrInvalidSetting  = recipe.ErrorInvalidSetting
	ErrMissingMount    = recipe.ErrorMissingMount
	ErrOutOfMemory     = recipe.ErrorOutOfMemory
	ErrOutOfDisk       = recipe.ErrorOutOfDisk
	ErrMissingImage    = recipe.ErrorMissingImage

	ErrInvalidConfiguration = recipe.ErrorInvalidConfiguration
)

// JobError says why a job failed.
type JobError struct {
	Name        string // of this package's names or the manifest's
	Title       string
	Description string // what was found, what was expected
	Category    string // System, Algorithm or Data
	Retry       bool   // another execution may well succeed; of this package's errors none, as in the original
}

// Error gives the name and the description.
func (e *JobError) Error() string { return e.Name + ": " + e.Description }

func jobError(name, category, format string, args ...any) *JobError {
	title := strings.ReplaceAll(name, "-", " ")
	return &JobError{
		Name: name, Category: category,
		Title:       strings.ToUpper(title[:1]) + title[1:],
		Description: fmt.Sprintf(format, args...),
	}
}

func timeoutError(d time.Duration) *JobError {
	return jobError(ErrTimeout, Algorithm, "The job was stopped after %s, its timeout", d)
}

var errOutOfMemory = errors.New("the kernel ended the job: it is out of memory")

func memoryError(limit int64) *JobError {
	return jobError(ErrOutOfMemory, Algorithm, "The job took more memory than its %d MiB; a manifest asks for more with the resource %q (MiB)",
		limit/mib, resourceMemory)
}

func diskError(limit int64) *JobError {
	return jobError(ErrOutOfDisk, Algorithm, "The job wrote more than its %d MiB to the disk; a manifest asks for more with the resource %q (MiB)",
		limit/mib, resourceDisk)
}

// exitError explains an exit code other than 0.
func exitError(m *seed.Manifest, code int) *JobError {
	if e, ok := m.ErrorFor(code); ok {
		category := Algorithm
		if e.Category == "data" {
			category = Data
		}
		return &JobError{Name: e.Name, Title: e.Title, Description: e.Description, Category: category}
	}
	signal := ""
	if code > 128 && code <= 128+64 {
		signal = fmt.Sprintf(" (signal %d)", code-128)
	}
	e := jobError(ErrUnknown, Algorithm,
		"The job ended with exit code %d%s, which its manifest does not explain; see the log of the execution", code, signal)
	e.Title = "Algorithm failure"
	return e
}

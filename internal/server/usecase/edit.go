package usecase

import (
	"slices"
	"strconv"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// IfMatch is the versions, by their last_modified, that an edit is meant for: of any
// other it makes nothing but a refusal with the code Precondition. Nil is any version.
type IfMatch []store.Time

// Tag is the entity tag of a version.
func Tag(lastModified store.Time) string {
	return strconv.Quote(strconv.FormatInt(lastModified.UnixMicro(), 10))
}

// Check refuses a version that the edit is not meant for. Every edit makes
// last_modified greater, so that two versions never share it: see NowAfter.
func (m IfMatch) Check(lastModified store.Time, what string) error {
	if m == nil || slices.ContainsFunc(m, func(t store.Time) bool { return t.Equal(lastModified.Time) }) {
		return nil
	}
	return refusal.Errorf(refusal.Precondition, "The %s was changed at %s, since the version that the request is for: read it again, and repeat the change if it still makes sense",
		what, lastModified.Format(time.RFC3339Nano))
}

// Set puts v into dst unless it is nil.
func Set[T any](dst *T, v *T) {
	if v != nil {
		*dst = *v
	}
}

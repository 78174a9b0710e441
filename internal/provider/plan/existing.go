package plan

import (
	"context"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// The values of on_existing.
const (
	OnExistingOwn   = "own"
	OnExistingAdopt = "adopt"
	OnExistingFail  = "fail"
)

// Existing is what the backend has already of something that is to be created.
type Existing struct {
	IsActive bool
	IsSame   bool        // it has the same whole title or name: names are cut, and may meet
	Origin   *api.Origin // nil: nobody knows who made it
	Origins  bool        // the backend knows who makes what
}

// Existing is what is known of the thing with that name.
func (o *Origins) Existing(ctx context.Context, kind, name string, isActive, isSame bool) (Existing, error) {
	e := Existing{IsActive: isActive, IsSame: isSame}
	origin, err := o.of(ctx, kind, name)
	if api.IsNotFound(err) {
		return e, nil
	}
	e.Origin, e.Origins = origin, true
	return e, err
}

// IsLost tells whether an earlier create of the same origin has made it, and no state has it.
func (e Existing) IsLost() bool { return e.Origin != nil && e.Origin.IsLost }

// Whose says who made it, with a blank in front; "" if nobody knows.
func (e Existing) Whose() string {
	if e.Origin == nil {
		return ""
	}
	return " " + WhoseText(*e.Origin)
}

// Takes tells whether a create takes it over, or else why not (contract of a plan, 3): "",
// or a sentence with a blank in front.
func (e Existing) Takes(onExisting string) (ok bool, why string) {
	const adopt = ` on_existing = "adopt" would do so.`
	switch {
	case !e.IsSame:
		return false, " That it has another title shows that it is another one."
	case onExisting == OnExistingFail:
		return false, ` It is not taken over, as on_existing is "fail".`
	case e.IsActive:
		return e.IsLost(), ""
	case onExisting == OnExistingAdopt, !e.Origins: // who cannot know whose it is goes by its title
		return true, ""
	case e.Origin == nil:
		return false, " It is not taken over, as nobody knows who has destroyed it." + adopt
	case e.Origin.IsOwn:
		return true, ""
	default:
		return false, " It is not taken over, as others have made or changed it last." + adopt
	}
}

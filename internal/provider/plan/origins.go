package plan

import (
	"context"
	"fmt"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

// originPatience is how long is waited for what is not needed to go on.
const originPatience = 5 * time.Second

// Origins knows whose things are (contract of a plan, 2). A nil one, and one of a server
// that knows of no origins, knows of none. What it asks are no questions of a plan.
type Origins struct{ client *client.Client }

// NewOrigins asks through c.
func NewOrigins(c *client.Client) *Origins { return &Origins{c} }

// of is who has made a thing, or changed it last; nil if nobody knows.
func (o *Origins) of(ctx context.Context, kind, name string) (*api.Origin, error) {
	if o == nil {
		return nil, nil //nolint:nilnil // nobody knows
	}
	ctx, cancel := context.WithTimeout(client.Aside(ctx), originPatience)
	defer cancel()
	found, err := o.client.Origins(ctx, client.OriginQuery{Kinds: []string{kind}, Names: []string{name}, Limit: 1})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// Keep notes that a state has had a thing, which no create takes over then.
func (o *Origins) Keep(ctx context.Context, kind, name string) {
	if o != nil {
		_ = o.client.Claim(ctx, kind, name) // a server without origins takes nothing over either
	}
}

// Release leaves a thing to the create of the same in another session.
func (o *Origins) Release(ctx context.Context, kind, name string) {
	if o != nil {
		_ = o.client.Release(ctx, kind, name) // a server without origins takes nothing over either
	}
}

// WhoseText reads "It was made by ann for acme/etl (run-abc) at TIME."
func WhoseText(o api.Origin) string {
	did, whom := "made", ""
	if o.Action != did {
		did = "changed last"
	}
	if o.Origin != "" {
		whom = " for " + o.Origin
	}
	if o.Run != "" {
		whom += " (" + o.Run + ")"
	}
	return fmt.Sprintf("It was %s by %s%s at %s.", did, o.Username, whom, o.At)
}

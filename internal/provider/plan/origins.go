package plan

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

// originPatience is how long is waited for what is not needed to go on.
const originPatience = 5 * time.Second

// Origins knows whose things are (contract of a plan, 2). A nil one, and one of a server
// that knows of no origins, knows of none. What it asks are no questions of a plan.
type Origins struct {
	client *client.Client

	once sync.Once

	mu      sync.Mutex
	lost    map[[2]string]bool  // what counts as lost, by kind and name
	pending map[string][]string // what is to be claimed, by kind
	timer   *time.Timer         // of the next claim of all of them
}

// claimAfter is how long claims are gathered, as each is a request.
const claimAfter = time.Second

// claiming are the origins of this process that have something to claim.
var claiming struct {
	sync.Mutex
	all []*Origins
}

// NewOrigins asks through c.
func NewOrigins(c *client.Client) *Origins {
	return &Origins{client: c, pending: map[string][]string{}}
}

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

// Confirm is Keep for a thing that a list has confirmed, so that it was not read by itself. It
// asks once what counts as lost, and claims that.
func (o *Origins) Confirm(ctx context.Context, kind, name string) {
	if o == nil {
		return
	}
	o.once.Do(func() {
		ctx, cancel := context.WithTimeout(client.Aside(ctx), originPatience)
		defer cancel()
		found, _ := o.client.Origins(ctx, client.OriginQuery{IsLost: true}) // see Keep
		o.lost = make(map[[2]string]bool, len(found))
		for _, row := range found {
			o.lost[[2]string{row.Kind, row.Name}] = true
		}
	})
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.lost[[2]string{kind, name}] {
		return
	}
	delete(o.lost, [2]string{kind, name})
	o.pending[kind] = append(o.pending[kind], name)
	if o.timer == nil {
		o.timer = time.AfterFunc(claimAfter, o.claim)
		claiming.Lock()
		defer claiming.Unlock()
		claiming.all = append(claiming.all, o)
	}
}

// claim claims what is pending.
func (o *Origins) claim() {
	o.mu.Lock()
	pending := o.pending
	o.pending, o.timer = map[string][]string{}, nil
	o.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), originPatience)
	defer cancel()
	for _, kind := range slices.Sorted(maps.Keys(pending)) {
		for names := range slices.Chunk(pending[kind], 1000) {
			_ = o.client.Claim(ctx, kind, names...) // see Keep
		}
	}
}

// endClaims claims what is still pending. It goes before the end of the process.
func endClaims() {
	claiming.Lock()
	all := claiming.all
	claiming.all = nil
	claiming.Unlock()
	for _, o := range all {
		o.claim()
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

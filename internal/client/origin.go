package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// Origin says who a client is, with every request. It gives no rights.
type Origin struct {
	Name    string // such as a workspace of Terraform; "": none
	Session string // different for each run of the program; "": none, so that nothing of it is ever taken over
	Run     string // such as that of Terraform Cloud; "": none
}

func (o Origin) setHeaders(h http.Header) {
	for name, value := range map[string]string{"Galley-Origin": o.Name, "Galley-Session": o.Session, "Galley-Run": o.Run} {
		if value != "" {
			h.Set(name, value)
		}
	}
}

// takenOverHeader is of the answer to a create that has made nothing: an earlier one of the
// same origin has, whose answer was lost.
const takenOverHeader = "Galley-Taken-Over"

// OriginQuery filters origins; zero members don't.
type OriginQuery struct {
	Kinds, Names []string
	Usernames    []string
	Origins      []string
	IsLost       bool // only what a create of this client would take over
	Limit        int  // 0: all
}

type claimKey struct{}

// Claiming says with every call under ctx that a state of Terraform has the thing, which the
// call reads: it is not lost then.
func Claiming(ctx context.Context, kind, name string) context.Context {
	return context.WithValue(ctx, claimKey{}, kind+"/"+name)
}

func setClaim(ctx context.Context, h http.Header) {
	if claim, ok := ctx.Value(claimKey{}).(string); ok {
		h.Set("Galley-Claim", url.PathEscape(claim))
	}
}

// Origins lists who has made or changed things, newest first (ours).
func (c *Client) Origins(ctx context.Context, q OriginQuery) ([]api.Origin, error) {
	p := params{}
	p.strs("kind", q.Kinds)
	p.strs("name", q.Names)
	p.strs("username", q.Usernames)
	p.strs("origin", q.Origins)
	if q.IsLost {
		p.flag("is_lost", &q.IsLost)
	}
	return list[api.Origin](ctx, c, v6("origins"), url.Values(p), q.Limit)
}

// Claim says that a state of Terraform has some things; they are not lost then.
func (c *Client) Claim(ctx context.Context, kind string, names ...string) error {
	return exec(ctx, c, check(v6("origins", "claim"), api.OriginClaim{Kind: kind, Names: names}))
}

// Release says that no state has it any more, and that the create of the same, in another
// session, may take it over.
func (c *Client) Release(ctx context.Context, kind, name string) error {
	return exec(ctx, c, check(v6("origins", "release"), api.OriginClaim{Kind: kind, Name: name}))
}

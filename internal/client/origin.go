package client

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// Origin says who a client is, with every request. It gives no rights.
type Origin struct {
	Name    string // such as a workspace of Terraform; "": none
	Session string // different for each run of the program; "": none, so that nothing of it is ever taken over
	Run     string // such as that of Terraform Cloud; "": none
}

// maxOrigin is how many characters a part of an origin has at most.
const maxOrigin = 255

// OriginFromEnvironment is for whom a program works, by its environment: the workspace of
// Terraform, and the run of the server that started it. It has no session: whose process is one
// is the program's to know. Its error is a *SettingError.
func OriginFromEnvironment(getenv func(string) string) (Origin, error) {
	var o Origin
	for _, name := range []string{"TFC_RUN_ID", "GITHUB_RUN_ID", "CI_PIPELINE_ID", "BUILD_TAG"} {
		if o.Run = getenv(name); o.Run != "" {
			break
		}
	}
	if !isHeader(o.Run) {
		o.Run = ""
	}
	if o.Name = cmp.Or(getenv("GALLEY_ORIGIN"), getenv("TFC_WORKSPACE_SLUG")); !isHeader(o.Name) {
		return o, &SettingError{"GALLEY_ORIGIN (or TFC_WORKSPACE_SLUG)", o.Name, fmt.Sprintf("at most %d printable ASCII characters, such as \"acme/etl\"", maxOrigin)}
	}
	return o, nil
}

func isHeader(s string) bool {
	return len(s) <= maxOrigin && strings.IndexFunc(s, func(c rune) bool { return c < ' ' || c > '~' }) < 0
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

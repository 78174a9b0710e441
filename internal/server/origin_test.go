package server_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// made is what a create has answered.
type made struct {
	name  string // as origins have it
	taken bool
	err   error
}

// makers create a thing of each kind that can be taken over, always the same one.
func makers(recipeType int64) map[string]func(context.Context, *client.Client) made {
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	return map[string]func(context.Context, *client.Client) made{
		api.OriginWorkspace: func(ctx context.Context, c *client.Client) made {
			w, err := c.CreateWorkspace(ctx, api.WorkspaceCreate{Title: "Lost",
				Configuration: api.WorkspaceConfiguration{Broker: api.Broker{Type: "host", HostPath: "lost"}}})
			return made{number(w.ID), w.TakenOver, err}
		},
		api.OriginJobType: func(ctx context.Context, c *client.Client) made {
			var body api.JobTypeCreate
			if err := json.Unmarshal([]byte(countJobType("lost")), &body); err != nil {
				return made{err: err}
			}
			j, err := c.CreateJobType(ctx, body)
			return made{j.Name + "/" + j.Version, j.TakenOver, err}
		},
		api.OriginRecipeType: func(ctx context.Context, c *client.Client) made {
			t, err := c.CreateRecipeType(ctx, api.RecipeTypeCreate{Title: "Lost", Definition: json.RawMessage(`{"input": {}, "nodes": {}}`)})
			return made{t.Name, t.TakenOver, err}
		},
		api.OriginRecipe: func(ctx context.Context, c *client.Client) made {
			r, err := c.CreateRecipe(ctx, api.RecipeCreate{RecipeTypeID: recipeType, Input: json.RawMessage(`{}`)})
			return made{number(r.ID), r.TakenOver, err}
		},
		api.OriginKitchen: func(ctx context.Context, c *client.Client) made {
			k, err := c.CreateKitchen(ctx, "", "Lost", api.KitchenCreate{})
			return made{k.Name, k.TakenOver, err}
		},
		api.OriginKitchenRecipe: func(ctx context.Context, c *client.Client) made {
			taken, err := c.CreateKitchenRecipe(ctx, "Prod", "lost", map[string]string{"variations.json": "{}"})
			return made{"Prod/lost", taken, err}
		},
		api.OriginOrder: func(ctx context.Context, c *client.Client) made {
			id, taken, err := c.SubmitOrder(ctx, "Prod", "hello", "nightly", api.OrderCreate{Parameters: json.RawMessage(`{"testvar": "x"}`)})
			return made{id, taken, err}
		},
	}
}

// What an earlier create has made and lost is taken over by the next one of the same user
// and origin, once, and by nobody else.
func TestLostThingsAreTakenOver(t *testing.T) {
	t.Parallel()
	eachKitchens(t, servertest.Options{Workers: -1}, func(t *testing.T, k *kitchens) {
		ctx := t.Context()
		nothing, err := k.Client.CreateRecipeType(ctx, api.RecipeTypeCreate{Title: "Nothing", Definition: json.RawMessage(`{"input": {}, "nodes": {}}`)})
		if err != nil {
			t.Fatal(err)
		}
		bob := k.as("bob", "editor")
		as := func(token, origin, session string) *client.Client {
			return k.NewClient(t, client.Config{Token: token, Origin: client.Origin{Name: origin, Session: session, Run: "run-1"}})
		}
		first, next := as(k.Token, "acme/etl", "one"), as(k.Token, "acme/etl", "two")
		others := map[string]*client.Client{
			"in the same session":                  first,
			"of another origin":                    as(k.Token, "acme/web", "three"),
			"without an origin":                    as(k.Token, "", "four"),
			"of another user with the same origin": as(bob.Token, "acme/etl", "five"),
			"of who says nothing":                  k.Client,
		}
		for kind, make := range makers(nothing.ID) {
			lost := make(ctx, first)
			if lost.err != nil || lost.taken {
				t.Errorf("the first create of a %s: got %+v", kind, lost)
				continue
			}
			for who, c := range others {
				if m := make(ctx, c); m.taken {
					t.Errorf("a create of a %s %s has taken %s over", kind, who, lost.name)
				} else if m.err == nil && kind != api.OriginJobType && m.name == lost.name {
					t.Errorf("a create of a %s %s has got %s without saying so", kind, who, lost.name)
				}
			}
			if kind == api.OriginJobType { // whose create edits one that exists: it is of the last who did
				continue
			}
			if err := as(bob.Token, "acme/etl", "five").Release(ctx, kind, lost.name); err != nil {
				t.Error(err)
			}
			got := make(ctx, next)
			if want := (made{name: lost.name, taken: true}); got != want {
				t.Errorf("the next create of a %s: got %+v, want %+v", kind, got, want)
			}
			mustOrigin(t, next, api.Origin{Kind: kind, Name: lost.name, Username: k.Username, Origin: "acme/etl", Run: "run-1", Action: "made", IsOwn: true})
			mustOrigin(t, as(bob.Token, "acme/web", "six"), api.Origin{Kind: kind, Name: lost.name, Username: k.Username, Origin: "acme/etl", Run: "run-1", Action: "made"})

			// A state has it, and it is lost no more, until that is said.
			if err := as(bob.Token, "acme/web", "six").Claim(ctx, kind, lost.name); err != nil {
				t.Error(err)
			}
			mustOrigin(t, first, api.Origin{Kind: kind, Name: lost.name, Username: k.Username, Origin: "acme/etl", Run: "run-1", Action: "made", IsOwn: true, IsLost: true})
			if found, err := first.Origins(ctx, client.OriginQuery{IsLost: true, Kinds: []string{kind}}); err != nil || !slices.ContainsFunc(found, func(o api.Origin) bool { return o.Name == lost.name && o.IsLost }) {
				t.Errorf("what is lost is %v, %v, want %s among it", found, err, lost.name)
			}
			if _, err := next.Kitchens(client.Claiming(ctx, kind, lost.name)); err != nil {
				t.Error(err)
			}
			if m := make(ctx, first); m.taken {
				t.Errorf("a create has taken over a %s that a state has", kind)
			}
			if err := as(bob.Token, "acme/etl", "five").Release(ctx, kind, lost.name); err != nil {
				t.Error(err)
			}
			if m := make(ctx, first); m.taken {
				t.Errorf("another user has released a %s", kind)
			}
			if err := next.Release(ctx, kind, lost.name); err != nil {
				t.Error(err)
			}
			if m := make(ctx, next); m.taken && m.name == lost.name {
				t.Errorf("who has released a %s has taken it over itself", kind)
			}
			if m := make(ctx, as(k.Token, "acme/etl", "seven")); !m.taken {
				t.Errorf("a %s that was released: got %+v, want it to be taken over", kind, m)
			}
		}
	})
}

// mustOrigin checks who made a thing, and what that is to who asks.
func mustOrigin(t *testing.T, c *client.Client, want api.Origin) {
	t.Helper()
	found, err := c.Origins(t.Context(), client.OriginQuery{Kinds: []string{want.Kind}, Names: []string{want.Name}})
	if err != nil || len(found) != 1 {
		t.Errorf("origins of %s %s: got %v, %v", want.Kind, want.Name, found, err)
		return
	}
	got := found[0]
	got.At, got.Claimed = api.Time{}, nil
	if got != want {
		t.Errorf("origin of %s %s:\n got %+v\nwant %+v", want.Kind, want.Name, got, want)
	}
}

// Who may only look claims nothing of others, though they send the same origin: it would take from
// them what they have lost. That somebody else has lost it makes it nobody else's.
func TestAViewerClaimsNothingOfOthers(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	ctx := t.Context()
	mustUser(t, s, "eve", "viewer")
	mustUser(t, s, "bob", "editor")
	as := func(name, session string) *client.Client {
		return s.NewClient(t, client.Config{Username: name, Password: newPassword, Origin: client.Origin{Name: "acme/etl", Session: session}})
	}
	mine := s.NewClient(t, client.Config{Token: s.Token, Origin: client.Origin{Name: "acme/etl", Session: "one"}})
	again := s.NewClient(t, client.Config{Token: s.Token, Origin: client.Origin{Name: "acme/etl", Session: "two"}})
	lost := makers(0)[api.OriginRecipeType](ctx, mine)
	want := api.Origin{Kind: api.OriginRecipeType, Name: lost.name, Username: s.Username, Origin: "acme/etl", Action: "made", IsOwn: true}
	eve := as("eve", "three")
	mustOrigin(t, eve, want) // not lost for her
	if err := eve.Claim(ctx, api.OriginRecipeType, lost.name); err != nil {
		t.Error(err)
	}
	if _, err := eve.RecipeType(client.Claiming(ctx, api.OriginRecipeType, lost.name), lost.name); err != nil {
		t.Error(err)
	}
	want.IsLost = true
	mustOrigin(t, again, want)
	if err := as("bob", "four").Claim(ctx, api.OriginRecipeType, lost.name); err != nil { // who plans and applies as two users
		t.Error(err)
	}
	found, err := again.Origins(ctx, client.OriginQuery{Names: []string{lost.name}})
	if err != nil || len(found) != 1 || found[0].IsLost || found[0].Claimed == nil {
		t.Errorf("after an editor's claim: %+v, %v", found, err)
	}
}

// A change by somebody else makes a thing theirs, and a create that is lost no more.
func TestOriginsKnowWhoChangedWhat(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	ctx := t.Context()
	first := s.NewClient(t, client.Config{Token: s.Token, Origin: client.Origin{Session: "one"}})
	next := s.NewClient(t, client.Config{Token: s.Token, Origin: client.Origin{Name: "acme/etl", Session: "two"}})
	made := makers(0)[api.OriginRecipeType](ctx, first)
	want := api.Origin{Kind: api.OriginRecipeType, Name: made.name, Username: s.Username, Action: "made", IsLost: false}
	edit := func(c *client.Client, e api.RecipeTypeEdit) {
		t.Helper()
		if _, err := c.EditRecipeType(ctx, made.name, e); err != nil {
			t.Fatal(err)
		}
	}
	edit(first, api.RecipeTypeEdit{Description: new("it sets up what it has made")})
	mustOrigin(t, next, want)
	edit(next, api.RecipeTypeEdit{IsActive: new(false)})
	want.Origin, want.Action, want.IsOwn = "acme/etl", "changed", true
	mustOrigin(t, next, want)
	edit(next, api.RecipeTypeEdit{IsActive: new(true)})
	want.Action = "made"
	mustOrigin(t, next, want)

	for _, bad := range []string{strings.Repeat("x", 256), "a\tb", "é"} {
		resp, body := s.Do(t, "GET", "/v6/status/", http.Header{"Galley-Origin": {bad}}, nil)
		if resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), "Galley-Origin") {
			t.Errorf("an origin %q: got %d %s", bad, resp.StatusCode, body)
		}
	}
}

package server

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/view"
)

// Origins (ours): who has made a thing, and what a create that was lost has left.

// The headers that say who asks. They are names, which give nobody a right.
const (
	originHeader    = "Galley-Origin"
	sessionHeader   = "Galley-Session"
	runHeader       = "Galley-Run"
	claimHeader     = "Galley-Claim"      // of a read: a state of Terraform has this, as "kind/name" escaped like a path
	takenOverHeader = "Galley-Taken-Over" // of the answer to a create: an earlier one has made and lost it

	spareHeader = "Galley-Spare" // of an edit: "others" leaves alone what others have (catalog.JobTypeEdit)

	maxOrigin = 255 // characters
	maxClaims = 1000
)

// spares tells whether an edit leaves alone what others have.
func (r *request) spares() bool { return r.Header.Get(spareHeader) == "others" }

// readAsker reads who a user's request says it is from.
func readAsker(h http.Header, user string, changes bool) (usecase.Origin, error) {
	o := usecase.Origin{User: user, Changes: changes}
	for name, into := range map[string]*string{originHeader: &o.Name, sessionHeader: &o.Session, runHeader: &o.Run} {
		values := h.Values(name)
		if len(values) == 0 {
			continue
		}
		*into = values[0]
		printable := strings.IndexFunc(*into, func(c rune) bool { return c < ' ' || c > '~' }) < 0
		if len(values) > 1 || len(*into) > maxOrigin || !printable {
			return o, badRequest("The header %s must be given once, with at most %d printable ASCII characters, such as the name of a workspace.", name, maxOrigin)
		}
	}
	return o, nil
}

func (s *Server) listOrigins(ctx context.Context, r *request) (*answer, error) {
	f := store.OriginFilter{Kinds: r.strings("kind"), Names: r.strings("name"), Usernames: r.strings("username"), Origins: r.strings("origin"),
		Paging: r.paging()}
	f.Order = nil // always newest first
	asker := usecase.OriginOf(ctx)
	if lost := r.flag("is_lost"); lost != nil && *lost {
		f.Lost = &store.Origin{Username: asker.User, Origin: asker.Name, Session: asker.Session}
	}
	if r.err != nil {
		return nil, r.err
	}
	if s.cfg.KitchenRead == KitchenReadStaff && !r.actor().Admin {
		// Their names would tell what there is in kitchens that the sender may not see.
		f.NotKinds, f.ButOf = []string{usecase.MadeKitchen, usecase.MadeKitchenRecipe, usecase.MadeOrder}, r.sender.User.Username
	}
	rows, total, err := s.store.Origins(ctx, f)
	if err != nil {
		return nil, err
	}
	out := make([]api.Origin, len(rows))
	for i, row := range rows {
		out[i] = api.Origin{Kind: row.Kind, Name: row.Name, Username: row.Username, Origin: row.Origin, Run: row.Run, Action: row.Action,
			At: view.Time(row.At), Claimed: view.TimePtr(row.Claimed), IsOwn: asker.Owns(row), IsLost: asker.HasLost(row)}
	}
	return page(r, f.Paging, total, out)
}

// claim notes what a request says that its state has. It does not fail: the next refresh says
// it again.
func (s *Server) claim(r *request) {
	claimed, err := url.PathUnescape(r.Header.Get(claimHeader))
	kind, name, named := strings.Cut(claimed, "/")
	if err != nil || !named || checkText(name) != nil {
		return
	}
	if err := s.catalog.Claim(r.Context(), kind, []string{name}, false); err != nil {
		s.log.WarnContext(r.Context(), "a claim was not kept", "request_id", requestID(r.Context()), "error", err)
	}
}

func (s *Server) claimOrigin(ctx context.Context, r *request) (*answer, error) {
	return s.setClaim(ctx, r, false)
}

func (s *Server) releaseOrigin(ctx context.Context, r *request) (*answer, error) {
	return s.setClaim(ctx, r, true)
}

func (s *Server) setClaim(ctx context.Context, r *request, release bool) (*answer, error) {
	r.require("kind")
	kind, names := r.textOr("kind", ""), []string{}
	if name := r.textOr("name", ""); name != "" {
		names = append(names, name)
	}
	for _, v := range r.values("names") {
		name, isText := v.(string)
		if !isText {
			return nil, badRequest(`Parameter must be a list of texts: "names"`)
		}
		names = append(names, name)
	}
	if len(names) == 0 || len(names) > maxClaims {
		r.fail(badRequest("There must be a name, or names, of at most %d things", maxClaims))
	}
	if r.err != nil {
		return nil, r.err
	}
	if err := s.catalog.Claim(ctx, kind, names, release); err != nil {
		return nil, err
	}
	return &answer{status: http.StatusNoContent}, nil
}

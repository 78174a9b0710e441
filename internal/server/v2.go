package server

import (
	"context"
	"errors"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/dkapi"
)

// isV2 tells whether a path belongs to the v2 dialect.
func isV2(path string) bool { return strings.HasPrefix(path, "/v2/") }

// v2Routes are the routes of package dkapi: identified, limited and answered like all others.
func (s *Server) v2Routes() []route {
	var out []route
	for _, rt := range s.v2.Routes() {
		methods := make(map[string]endpoint, len(rt.Methods))
		for method, e := range rt.Methods {
			kind := looseBody
			if e.Login {
				kind = loginBody
			}
			methods[method] = endpoint{role: e.Role, body: kind, login: e.Login, unsafe: e.Unsafe, reads: e.Reads, handle: s.adaptV2(e)}
		}
		out = append(out, route{rt.Path, methods})
	}
	return out
}

// adaptV2 hands a request to the dialect, and its answer back.
func (s *Server) adaptV2(e dkapi.Endpoint) func(context.Context, *request) (*answer, error) {
	return func(ctx context.Context, r *request) (*answer, error) {
		req := &dkapi.Request{Identity: r.sender, Origin: r.origin(), Path: r.PathValue, Query: r.query,
			Body: r.body, HasBody: r.ContentLength != 0}
		if e.Creates {
			if _, secret := r.body["secret-parameters"]; secret {
				req.Key = s.secretKeyOf(r)
			} else {
				req.Key = r.idempotencyKey()
			}
		}
		if e.Edits {
			req.IfMatch = r.ifMatch()
		}
		if r.err != nil {
			return nil, r.err
		}
		a, err := e.Handle(ctx, req)
		if refused, isRefusal := errors.AsType[*dkapi.Refusal](err); isRefusal {
			p := problemf(refused.Status, "%s", refused.Text)
			p.findings = findings(refused.Problems)
			return nil, p
		}
		if err != nil {
			return nil, err
		}
		out := answerV2(a)
		out.taken = req.Key != nil && req.Key.TakenOver
		return out, nil
	}
}

func answerV2(a *dkapi.Answer) *answer {
	out := ok(a.Body)
	if len(a.Warnings) > 0 && a.Body != nil {
		out = ok(dkapi.Warned{Body: a.Body, Warnings: a.Warnings})
	}
	if a.Status != 0 {
		out.status = a.Status
	}
	if a.Body == nil {
		out = text(out.status, a.Text)
	}
	if a.LastModified != nil {
		out = out.tagged(*a.LastModified)
	}
	out.replayed = a.Replayed
	return out
}

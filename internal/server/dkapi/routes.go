package dkapi

import (
	"context"
	"net/http"
)

// Routes are the services of contract datakitchen-v2, section 1. Every handler's
// refusals have been put into the dialect's words.
func (d *Dialect) Routes() []Route {
	get, post, put, del := http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	_, _, _ = put, del, post
	routes := []Route{
		{"/v2/login", map[string]Endpoint{post: {Role: Anyone, Login: true, Handle: d.login}}},
		{"/v2/validatetoken", map[string]Endpoint{get: {Role: Viewer, Handle: d.validateToken}}},
		{"/v2/userinfo", map[string]Endpoint{get: {Role: Viewer, Handle: d.getUserInfo}}},
	}
	for _, rt := range routes {
		for method, e := range rt.Methods {
			handle := e.Handle
			e.Handle = func(ctx context.Context, r *Request) (*Answer, error) {
				a, err := handle(ctx, r)
				return a, refusal(err)
			}
			rt.Methods[method] = e
		}
	}
	return routes
}

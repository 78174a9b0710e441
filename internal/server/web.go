package server

import (
	"net/http"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	web "github.com/recipe-galley/terraform-provider-galley/internal/server/page"
)

// mountPage serves the web page beside the API, whose handlers it asks.
func (s *Server) mountPage(mux *http.ServeMux) {
	web.New(web.Config{
		API: mux, Auth: s.auth, Store: s.store, Now: s.cfg.Now, Logger: s.log, Version: s.cfg.Version, PublicURL: s.cfg.Alerts.PublicURL,
		Sender: func(r *http.Request) web.Sender {
			info := infoOf(r.Context())
			return web.Sender{Origin: auth.Origin{RequestID: info.id, Address: info.Address}, Scheme: info.Scheme, Host: info.Host}
		},
		NameUser:    func(r *http.Request, name string) { infoOf(r.Context()).user = name },
		CheckOrigin: func(r *http.Request) error { return s.checkOrigin(r, endpoint{}) },
		Stopped:     s.stopped,
	}).Mount(mux, s.nothing)
}

package server

import (
	"context"
	"io"
	"net/http"
	"strconv"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// getOpenAPI is the document that describes all routes (ours).
func (s *Server) getOpenAPI(context.Context, *request) (*answer, error) {
	return &answer{status: http.StatusOK, write: func(w http.ResponseWriter, _ *http.Request) error {
		document := api.OpenAPI()
		w.Header().Set("Content-Type", "application/yaml")
		w.Header().Set("Content-Length", strconv.Itoa(len(document)))
		w.WriteHeader(http.StatusOK)
		_, err := io.WriteString(w, document)
		return err
	}}, nil
}

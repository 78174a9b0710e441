package client

import (
	"context"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// Version returns the backend's version; no credentials are needed (contract 0.6).
func (c *Client) Version(ctx context.Context) (api.Version, error) {
	return get[api.Version](ctx, c, v6("version"), nil)
}

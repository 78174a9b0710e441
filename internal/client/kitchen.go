package client

import (
	"context"
	"net/http"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// Kitchens lists kitchens by name.
func (c *Client) Kitchens(ctx context.Context) ([]api.Kitchen, error) {
	v, _, err := send[api.Kitchens](ctx, c, v2(http.MethodGet, nil, "kitchen", "list"))
	return v.Kitchens, err
}

// Kitchen returns one kitchen.
func (c *Client) Kitchen(ctx context.Context, name string) (api.Kitchen, error) {
	return sendKitchen(ctx, c, v2(http.MethodGet, nil, "kitchen", name))
}

// CreateKitchen makes a kitchen below another one; the parent "" makes a root.
func (c *Client) CreateKitchen(ctx context.Context, parent, name string, k api.KitchenCreate) (api.Kitchen, error) {
	if parent == "" {
		parent = noParent
	}
	return sendKitchen(ctx, c, v2(http.MethodPut, k, "kitchen", "create", parent, name).keyed())
}

// noParent is what the API has for the parent of a root.
const noParent = "None"

// UpdateKitchen replaces the record of a kitchen.
func (c *Client) UpdateKitchen(ctx context.Context, name string, u api.KitchenUpdate) (api.Kitchen, error) {
	k := v2(http.MethodPost, u, "kitchen", "update", name)
	k.ifMatch = u.IfMatch
	return sendKitchen(ctx, c, k)
}

func sendKitchen(ctx context.Context, c *Client, k call) (api.Kitchen, error) {
	v, h, err := sendFor[api.KitchenDetail](ctx, c, k)
	v.Kitchen.ETag, v.Kitchen.TakenOver = h.etag, h.taken
	return v.Kitchen, err
}

// DeleteKitchen deletes a kitchen with its recipes and the records of its orders.
func (c *Client) DeleteKitchen(ctx context.Context, name string) error {
	return exec(ctx, c, v2(http.MethodDelete, struct{}{}, "kitchen", "delete", name))
}

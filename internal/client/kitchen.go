package client

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// Kitchens lists kitchens, without roles and settings.
func (c *Client) Kitchens(ctx context.Context) ([]api.Kitchen, error) {
	v, _, err := send[api.Kitchens](ctx, c, v2(http.MethodGet, nil, "kitchen", "list"))
	return v.Kitchens, err
}

// Kitchen returns one kitchen.
func (c *Client) Kitchen(ctx context.Context, name string) (api.Kitchen, error) {
	v, _, err := send[api.KitchenDetail](ctx, c, v2(http.MethodGet, nil, "kitchen", name))
	return v.Kitchen, err
}

// CreateKitchen makes a kitchen below another one.
func (c *Client) CreateKitchen(ctx context.Context, parent, name string, k api.KitchenCreate) error {
	return exec(ctx, c, v2(http.MethodPut, k, "kitchen", "create", parent, name).keyed())
}

// EditKitchen gives the members of a kitchen's record, by their names in JSON, new
// values. The API replaces a record whole: the others are sent back as they are, those
// too that this version does not know, and only if nobody has changed the record since.
func (c *Client) EditKitchen(ctx context.Context, name string, members map[string]any) error {
	type detail struct {
		Kitchen map[string]json.RawMessage `json:"kitchen"`
	}
	current, head, err := sendFor[detail](ctx, c, v2(http.MethodGet, nil, "kitchen", name))
	if err != nil {
		return err
	}
	record := make(map[string]any, len(current.Kitchen)+len(members))
	for member, value := range current.Kitchen {
		record[member] = value
	}
	delete(record, "_hid") // contract datakitchen-v2, 1.3
	for member, value := range members {
		if record[member], err = mergedMember(current.Kitchen[member], value); err != nil {
			return fmt.Errorf("reading %s of kitchen %s: %w", member, name, err)
		}
	}
	k := v2(http.MethodPost, map[string]any{"kitchen.json": record}, "kitchen", "update", name)
	k.ifMatch = head.etag
	return exec(ctx, c, k)
}

// mergedMember is value, or, where value is itself a set of members (settings), the
// current object with these members.
func mergedMember(current json.RawMessage, value any) (any, error) {
	members, ok := value.(map[string]any)
	if !ok || len(current) == 0 {
		return value, nil
	}
	object := map[string]any{}
	if err := json.Unmarshal(current, &object); err != nil {
		return nil, err
	}
	maps.Copy(object, members)
	return object, nil
}

// DeleteKitchen deletes a kitchen with its recipes and the records of its orders.
func (c *Client) DeleteKitchen(ctx context.Context, name string) error {
	return exec(ctx, c, v2(http.MethodDelete, struct{}{}, "kitchen", "delete", name))
}

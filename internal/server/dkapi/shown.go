package dkapi

import (
	"context"
	"encoding/json"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// What of the destinations of alerts an answer shows. A webhook's URL is a secret of those
// who may send something there: editors, who write it into kitchens and recipes, and who
// has named it in an order, in that order. Others see the host. So it is with variables and
// settings that are named like a secret setting of a job type: others see asterisks.

// isEditor reports whether the sender sees all destinations.
func (r *Request) isEditor() bool { return r.Role() >= auth.Editor }

// variables are those of a document as the sender may see them, who knows the others; {} for none.
func (r *Request) variables(raw store.JSON, known order.Variables) json.RawMessage {
	if r.isEditor() {
		return objectOr(raw)
	}
	vs, _ := order.ParseParameters(raw) // all of them, even if one breaks a rule
	out, err := encode(order.HideDestinations(vs, known))
	if err != nil {
		return objectOr(nil) // rather nothing than a secret
	}
	return objectOr(out)
}

// inputSettings are those of an order as the sender may see them.
func (r *Request) inputSettings(row store.RecipeOrder) json.RawMessage {
	settings := members(row.InputSettings)
	if r.isEditor() || len(settings["parameters"]) == 0 {
		return objectOr(row.InputSettings)
	}
	settings["parameters"] = r.variables(settings["parameters"], r.given(row))
	out, err := encode(settings)
	if err != nil {
		return objectOr(nil)
	}
	return out
}

// given are the parameters of an order, if the sender has made it.
func (r *Request) given(row store.RecipeOrder) order.Variables {
	if row.Username != r.User.Username {
		return nil
	}
	vs, _ := order.ParseParameters(members(row.InputSettings)["parameters"])
	return vs
}

// hideSecrets makes r know the names of variables that it does not show.
func (d *Dialect) hideSecrets(ctx context.Context, r *Request) (err error) {
	if !r.isEditor() && r.secrets == nil {
		r.secrets, err = d.Orders.EverySecretSetting(ctx)
	}
	return err
}

// overrides are those of a kitchen as the sender may see them; hideSecrets goes before.
func (r *Request) overrides(raw store.JSON) json.RawMessage {
	if r.isEditor() {
		return objectOr(raw)
	}
	vs, _ := order.ParseParameters(raw) // all of them, even if one breaks a rule
	out, err := encode(order.HideSecrets(vs, r.secrets))
	if err != nil {
		return objectOr(nil) // rather nothing than a secret
	}
	return objectOr(out)
}

// contents are those of a recipe's file as the sender may see them; hideSecrets goes before.
func (r *Request) contents(f store.KitchenRecipeFile) string {
	if r.isEditor() {
		return f.Contents
	}
	return order.HideInFile(f.Path, f.Contents, r.secrets)
}

// alerts makes the destinations of a kitchen those that the sender may see.
func (r *Request) alerts(a api.KitchenAlerts) {
	if r.isEditor() {
		return
	}
	for _, destinations := range [][]string{a.Start, a.Warning, a.OverDuration, a.Success, a.Error} {
		for i, text := range destinations {
			destinations[i] = order.ShownDestination(text)
		}
	}
}

package orders

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// secretParameters is the member of an order's settings that names the parameters which
// nobody is shown.
const secretParameters = "secret-parameters"

// Overrides are the variables of a kitchen: those that editors see, and those whose values
// nobody does.
func (d *Desk) Overrides(k store.Kitchen) (open, secret store.JSON, err error) {
	if open, err = d.sealer.OpenParameters(k.Overrides); err != nil {
		return nil, nil, err
	}
	secret, err = d.sealer.OpenParameters(k.SecretOverrides)
	return open, secret, err
}

// EverySecretSetting are the names of the secret settings of all job types: variables of these
// names hold secrets, whatever they are given for.
func (d *Desk) EverySecretSetting(ctx context.Context) ([]string, error) {
	return d.catalog.SecretSettings(ctx)
}

// override gives k the variables of an edit.
func (d *Desk) override(k *store.Kitchen, edit KitchenEdit) error {
	if !usecase.Given(edit.Overrides) && !usecase.Given(edit.SecretOverrides) {
		return nil
	}
	open, secret, err := d.Overrides(*k)
	if err != nil {
		return err
	}
	if usecase.Given(edit.Overrides) {
		open = store.JSON(edit.Overrides)
	}
	if usecase.Given(edit.SecretOverrides) {
		before, _ := order.ParseParameters(secret)
		given, _ := order.ParseParameters(edit.SecretOverrides)
		for name, value := range given {
			if value != order.Mask {
				continue
			}
			old, known := before[name]
			if !known {
				return refusal.Errorf(refusal.Invalid, "secretoverrides: %s is %q, which stands for the value that it has, but it has none; give one", name, order.Mask)
			}
			given[name] = old
		}
		if secret, err = usecase.Encode(given); err != nil {
			return err
		}
	}
	if err := once(open, secret, "recipeoverrides", "secretoverrides"); err != nil {
		return err
	}
	if k.Overrides, err = d.sealer.SealParameters(open); err != nil {
		return err
	}
	k.SecretOverrides, err = d.sealer.SealParameters(secret)
	return err
}

// once refuses variables that two members give.
func once(a, b json.RawMessage, nameA, nameB string) error {
	x, _ := order.ParseParameters(a)
	y, _ := order.ParseParameters(b)
	for _, name := range slices.Sorted(maps.Keys(y)) {
		if _, twice := x[name]; twice {
			return refusal.Errorf(refusal.Invalid, "%s: %s has %q, too; keep one of them", nameB, nameA, name)
		}
	}
	return nil
}

// variables are all parameters of an order that is made.
func (spec OrderSpec) variables() (store.JSON, error) {
	if !usecase.Given(spec.SecretParameters) {
		if !usecase.Given(spec.Parameters) {
			return store.JSON("{}"), nil
		}
		return store.JSON(spec.Parameters), nil
	}
	if err := once(spec.Parameters, spec.SecretParameters, "parameters", secretParameters); err != nil {
		return nil, err
	}
	all, ps := order.ParseParameters(spec.Parameters)
	if err := refusal.Of(refusal.Invalid, "Parameters: ", ps); err != nil {
		return nil, err
	}
	secret, ps := order.ParseParameters(spec.SecretParameters)
	if err := refusal.Of(refusal.Invalid, secretParameters+": ", ps); err != nil {
		return nil, err
	}
	all = maps.Clone(all)
	maps.Copy(all, secret)
	return usecase.Encode(all)
}

// secretsOf are the names of the parameters of an order that were given as secrets.
func secretsOf(o store.RecipeOrder) []string {
	var settings struct {
		Secret map[string]any `json:"secret-parameters"`
	}
	_ = json.Unmarshal(o.InputSettings, &settings) // it is checked when the order is made
	return slices.Sorted(maps.Keys(settings.Secret))
}

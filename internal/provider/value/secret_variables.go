package value

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
)

// SecretVariables are variables that nobody is shown, beside those in the attribute Beside. A
// dynamic value cannot be sensitive in part, so they have attributes of their own. Those of
// WriteOnly are in no plan and in no state, where it is null: only a configuration has them.
type SecretVariables struct {
	Beside    string // such as "parameters"
	Open      types.Dynamic
	Secret    types.Dynamic
	WriteOnly types.Dynamic
	Version   types.Int64
}

func (s SecretVariables) secretName() string { return "secret_" + s.Beside }
func (s SecretVariables) woName() string     { return s.Beside + "_wo" }
func (s SecretVariables) versionName() string {
	return s.Beside + "_wo_version"
}

// SecretVariablesAttributes are the schemas beside an attribute; change says what a change
// does, and version what another version of the write-only ones does.
func SecretVariablesAttributes(beside, change, version string) map[string]schema.Attribute {
	s := SecretVariables{Beside: beside}
	return map[string]schema.Attribute{
		s.secretName(): schema.DynamicAttribute{
			Optional: true, Sensitive: true,
			MarkdownDescription: fmt.Sprintf("More of `%s`, by name, whose values the backend shows nobody. Plans do not show them, but the state has "+
				"them: `%s` leaves no trace. That a value was changed elsewhere is not seen. %s", beside, s.woName(), change),
		},
		s.woName(): schema.DynamicAttribute{
			Optional: true, WriteOnly: true, Sensitive: true,
			MarkdownDescription: fmt.Sprintf("The same in no plan and in no state; values may come from an ephemeral resource. Needs Terraform 1.11 or "+
				"OpenTofu 1.11, and `%s`.", s.versionName()),
		},
		s.versionName(): schema.Int64Attribute{
			Optional: true, CustomType: WholeNumber{}, Validators: []validator.Int64{int64validator.AtLeast(0)},
			MarkdownDescription: fmt.Sprintf("Any number, to be changed with the values of `%s`, as Terraform cannot see that they have changed. %s",
				s.woName(), version),
		},
	}
}

// Given are the secret ones, as far as they are known.
func (s SecretVariables) Given() GivenVariables {
	return ReadVariables(s.Secret).And(ReadVariables(s.WriteOnly))
}

// All are the open and the secret ones.
func (s SecretVariables) All() GivenVariables { return ReadVariables(s.Open).WithSecrets(s.Given()) }

// Validate reports what is wrong with the known parts.
func (s SecretVariables) Validate(diags *diag.Diagnostics) {
	first := map[string]string{}
	for _, a := range []struct {
		name string
		of   types.Dynamic
	}{{s.Beside, s.Open}, {s.secretName(), s.Secret}, {s.woName(), s.WriteOnly}} {
		ValidateVariables(a.of, path.Root(a.name), diags)
		for _, name := range slices.Sorted(maps.Keys(ReadVariables(a.of).Values)) {
			if other := first[name]; other != "" {
				diags.AddAttributeError(path.Root(a.name), "Variable is given twice", fmt.Sprintf(
					"%s: %s has %q, too; keep one of them", a.name, other, name))
				continue
			}
			first[name] = a.name
		}
	}
	if s.Version.IsNull() && !IsNull(s.WriteOnly) && !IsUnknown(s.WriteOnly) {
		diags.AddAttributeError(path.Root(s.versionName()), "Secret variables without a version", fmt.Sprintf(
			"%s: found nothing, expected a number beside %s, such as 1. Terraform does not keep the values: it is a change of the number "+
				"that sends them again.", s.versionName(), s.woName()))
	}
}

// Place is the attribute that has a variable.
func (s SecretVariables) Place(name string) string {
	for attribute, given := range map[string]types.Dynamic{s.secretName(): s.Secret, s.woName(): s.WriteOnly} {
		if _, there := ReadVariables(given).Values[name]; there {
			return attribute
		}
	}
	return s.Beside
}

// CheckOpen refuses open variables that are secret settings of what runs: plans and states
// would show them.
func (s SecretVariables) CheckOpen(secrets []string, diags *diag.Diagnostics) {
	open := ReadVariables(s.Open)
	for _, name := range slices.Sorted(maps.Keys(open.Values)) {
		if slices.Contains(secrets, name) && (open.Partly[name] || order.HoldsText(open.Values[name])) {
			diags.AddAttributeError(path.Root(s.Beside), "Secret in plain sight", fmt.Sprintf(
				"%s: %q is a secret setting of a job type that runs, and plans show what is in %s. Put it into %s, or, to leave no trace in "+
					"the state, into %s.", s.Beside, name, s.Beside, s.secretName(), s.woName()))
		}
	}
}

// And are the variables of both.
func (g GivenVariables) And(other GivenVariables) GivenVariables {
	out := g
	out.Values, out.Partly = maps.Clone(g.Values), maps.Clone(g.Partly)
	maps.Copy(out.Values, other.Values)
	maps.Copy(out.Partly, other.Partly)
	out.Secrets = append(slices.Clone(g.Secrets), other.Secrets...)
	out.Complete, out.IsObject = g.Complete && other.Complete, g.IsObject && other.IsObject
	return out
}

// WithSecrets are the variables of both, of which nobody is shown those of secret.
func (g GivenVariables) WithSecrets(secret GivenVariables) GivenVariables {
	out := g.And(secret)
	out.Secrets = append(out.Secrets, slices.Sorted(maps.Keys(secret.Values))...)
	return out
}

// MembersLeft is a dynamic object without the members that keep does not want.
func MembersLeft(v types.Dynamic, keep func(name string) bool) types.Dynamic {
	members, isObject, _ := MembersOf(v)
	if !isObject {
		return v
	}
	left, kinds := map[string]attr.Value{}, map[string]attr.Type{}
	for name, member := range members {
		if keep(name) {
			left[name], kinds[name] = member, member.Type(context.Background())
		}
	}
	if len(left) == len(members) {
		return v
	}
	return types.DynamicValue(types.ObjectValueMust(kinds, left))
}

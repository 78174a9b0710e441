package provider

import (
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// undescribed lists what has no description: a block and everything inside of it.
func undescribed(at string, b *tfprotov6.SchemaBlock, top bool) []string {
	var out []string
	if top && b.Description == "" {
		out = append(out, at)
	}
	out = append(out, undescribedAttributes(at, b.Attributes)...)
	for _, n := range b.BlockTypes {
		out = append(out, undescribed(at+"."+n.TypeName, n.Block, true)...)
	}
	return out
}

func undescribedAttributes(at string, attributes []*tfprotov6.SchemaAttribute) []string {
	var out []string
	for _, a := range attributes {
		here := at + "." + a.Name
		if a.Description == "" {
			out = append(out, here)
		}
		if a.NestedType != nil {
			out = append(out, undescribedAttributes(here, a.NestedType.Attributes)...)
		}
	}
	return out
}

// Every page of the documentation is made of these.
func TestEverythingIsDescribed(t *testing.T) {
	t.Parallel()
	p := providertest.NewProtocol(t, servertest.New(t, servertest.Options{}))
	missing := undescribed("provider", p.Schemas.Provider.Block, true)
	for kind, schemas := range map[string]map[string]*tfprotov6.Schema{
		"resource": p.Schemas.ResourceSchemas, "data": p.Schemas.DataSourceSchemas,
		"ephemeral": p.Schemas.EphemeralResourceSchemas, "list": p.Schemas.ListResourceSchemas,
	} {
		if len(schemas) == 0 {
			t.Errorf("there is no %s", kind)
		}
		for name, s := range schemas {
			missing = append(missing, undescribed(kind+" "+name, s.Block, true)...)
		}
	}
	for name, a := range p.Schemas.ActionSchemas {
		missing = append(missing, undescribed("action "+name, a.Schema.Block, true)...)
	}
	identities, err := p.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range identities.IdentitySchemas {
		for _, a := range s.IdentityAttributes {
			if a.Description == "" {
				missing = append(missing, "identity "+name+"."+a.Name)
			}
		}
	}
	for name, f := range p.Schemas.Functions {
		if f.Summary == "" || f.Description == "" {
			missing = append(missing, "function "+name)
		}
		for _, parameter := range append(slices.Clone(f.Parameters), f.VariadicParameter) {
			if parameter != nil && parameter.Description == "" {
				missing = append(missing, "function "+name+"."+parameter.Name)
			}
		}
	}
	slices.Sort(missing)
	if len(missing) > 0 {
		t.Errorf("without a description: %q", missing)
	}
	if len(p.Schemas.ActionSchemas) < 3 || len(p.Schemas.Functions) < 7 || len(p.Identities) < 5 {
		t.Error("something of the provider is not looked at")
	}
}

package fast

import (
	"context"
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// resources are the resource types of a provider, by name.
type resources struct {
	provider provider.Provider
	once     sync.Once
	all      map[string]*resourceType
}

// resourceType is what has to be known of a resource type without looking into its values.
type resourceType struct {
	version   int64
	documents map[string]bool // attributes that the framework need not look into
	typ       tftypes.Type
}

func newResources(p provider.Provider) *resources { return &resources{provider: p} }

// of is nil for a resource type that there is not: the framework says so.
func (r *resources) of(ctx context.Context, name string) *resourceType {
	r.once.Do(func() {
		var m provider.MetadataResponse
		r.provider.Metadata(ctx, provider.MetadataRequest{}, &m)
		r.all = map[string]*resourceType{}
		for _, newResource := range r.provider.Resources(ctx) {
			one, kind, schema := newResource(), resource.MetadataResponse{}, resource.SchemaResponse{}
			one.Metadata(ctx, resource.MetadataRequest{ProviderTypeName: m.TypeName}, &kind)
			one.Schema(ctx, resource.SchemaRequest{}, &schema)
			t := &resourceType{version: schema.Schema.Version, documents: map[string]bool{}, typ: schema.Schema.Type().TerraformType(ctx)}
			for name, a := range schema.Schema.Attributes {
				if d, isDocument := a.(value.Document); isDocument && !d.IsWriteOnly() {
					t.documents[name] = true
				}
			}
			r.all[kind.TypeName] = t
		}
	})
	return r.all[name]
}

// fits tells whether a state has no members that the schema does not have, which an earlier
// version of the provider may have left.
func (t *resourceType) fits(state []byte) bool { return len(state) > 0 && fits(state, t.typ) }

func fits(text json.RawMessage, typ tftypes.Type) bool {
	if string(text) == "null" {
		return true
	}
	switch typ := typ.(type) {
	case tftypes.Object:
		var members map[string]json.RawMessage
		if json.Unmarshal(text, &members) != nil {
			return false
		}
		for name, m := range members {
			if kind, known := typ.AttributeTypes[name]; !known || !fits(m, kind) {
				return false
			}
		}
		return true
	case tftypes.Map:
		var members map[string]json.RawMessage
		return json.Unmarshal(text, &members) == nil && fitEach(maps.Values(members), typ.ElementType)
	case tftypes.List:
		return fitElements(text, typ.ElementType)
	case tftypes.Set:
		return fitElements(text, typ.ElementType)
	default:
		return true // without members, or with a type of its own
	}
}

func fitElements(text json.RawMessage, typ tftypes.Type) bool {
	var elements []json.RawMessage
	return json.Unmarshal(text, &elements) == nil && fitEach(slices.Values(elements), typ)
}

func fitEach(all iter.Seq[json.RawMessage], typ tftypes.Type) bool {
	for one := range all {
		if !fits(one, typ) {
			return false
		}
	}
	return true
}

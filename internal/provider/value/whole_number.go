package value

import (
	"context"
	"fmt"
	"math/big"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// WholeNumber is the type of an argument that is a whole number. Of 1.5 or 1e70 it says what
// was found and what was expected; the framework's own type calls that a bug of the provider.
type WholeNumber struct{ basetypes.Int64Type }

// Equal implements attr.Type. The values are those of the framework's type.
func (w WholeNumber) Equal(other attr.Type) bool {
	_, is := other.(WholeNumber)
	return is || w.Int64Type.Equal(other)
}

// ValueFromTerraform implements attr.Type. What is no whole number is left to Validate.
func (w WholeNumber) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	if _, isWhole := wholeNumber(in); !isWhole {
		return basetypes.NewInt64Unknown(), nil
	}
	return w.Int64Type.ValueFromTerraform(ctx, in)
}

// Validate refuses what is no whole number, or one that nobody can count to.
func (WholeNumber) Validate(_ context.Context, in tftypes.Value, at path.Path) diag.Diagnostics {
	var diags diag.Diagnostics
	if n, isWhole := wholeNumber(in); !isWhole {
		diags.AddAttributeError(at, "Invalid number", fmt.Sprintf("%s: found %s, expected a whole number.", at, n.Text('g', -1)))
	}
	return diags
}

// wholeNumber is the number that in has, and whether it is a whole one; null and unknown are.
func wholeNumber(in tftypes.Value) (n *big.Float, isWhole bool) {
	if in.IsNull() || !in.IsKnown() || in.As(&n) != nil {
		return nil, true
	}
	_, accuracy := n.Int64()
	return n, accuracy == big.Exact
}

package order

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
)

// nodes are the nodes that the order itself chooses, as far as they are known, sorted.
func (m orderModel) nodes() (names []string) {
	for _, v := range m.Nodes.Elements() {
		if name, isText := v.(types.String); isText && name.ValueString() != "" {
			names = append(names, name.ValueString())
		}
	}
	slices.Sort(names)
	return names
}

// sameNodes tells whether the order chooses the same nodes as before.
func (m orderModel) sameNodes(prior orderModel) bool {
	return document.Known(value.Tree(m.Nodes)) && slices.Equal(m.nodes(), prior.nodes())
}

// graph is what a request says of the nodes; nil: nothing.
func (m orderModel) graph() json.RawMessage {
	names := m.nodes()
	if len(names) == 0 {
		return nil
	}
	raw, err := json.Marshal(order.GraphOf(names))
	if err != nil {
		return nil // texts always encode
	}
	return raw
}

// checkNodes applies the rules that need no server.
func (m orderModel) checkNodes(diags *diag.Diagnostics) {
	at := path.Root("nodes")
	if !m.Nodes.IsNull() && !m.Nodes.IsUnknown() && len(m.Nodes.Elements()) == 0 {
		diags.AddAttributeError(at, "No nodes", "nodes: the set is empty, and nothing would run; leave it out, so that all nodes do")
	}
	value.CheckTexts(at, m.Nodes, "the name of a node", diags)
}

// takeNodes takes the nodes that the order has.
func (m *orderModel) takeNodes(graph json.RawMessage) error {
	m.Nodes = types.SetNull(types.StringType)
	if len(graph) == 0 || string(graph) == "null" {
		return nil
	}
	decoded, err := recipe.Decode(graph)
	if err != nil {
		return err
	}
	names, ok := order.GraphNodes(decoded)
	if !ok {
		return fmt.Errorf("found %s, expected a list of edges and nodes", recipe.KindOf(decoded))
	}
	m.Nodes = textSet(names)
	return nil
}

// checkTimeout applies the rules that need no server.
func (m orderModel) checkTimeout(diags *diag.Diagnostics) {
	if m.Timeout.IsNull() || m.Timeout.IsUnknown() {
		return
	}
	if _, err := schedule.ParseDuration(m.Timeout.ValueString()); err != nil {
		diags.AddAttributeError(path.Root("timeout"), "Invalid timeout", fmt.Sprintf("timeout: %s", err))
	}
}

// tellPart tells, in the plan, which nodes run if the order or its variation chooses some.
func (c orderCheck) tellPart(offer plan.OfferTarget, variation string, target plan.Target) {
	names, by := c.model.nodes(), "the order"
	if value.IsNull(c.model.Nodes) {
		names, by = offer.Variations.NodesOf(variation), "its variation"
	}
	if len(names) == 0 || !document.Known(value.Tree(c.model.Nodes)) || target.Definition == nil || len(order.CheckNodes(names, target.Definition)) > 0 {
		return
	}
	part := target.Definition.Part(names)
	var chosen, needed, out []string
	for _, name := range target.Definition.NodeNames() {
		_, runs := part.Nodes[name]
		switch {
		case !runs:
			out = append(out, name)
		case slices.Contains(names, name):
			chosen = append(chosen, name)
		default:
			needed = append(needed, name)
		}
	}
	if len(out) == 0 {
		return
	}
	list := func(names []string) string { return cmp.Or(strings.Join(names, ", "), "none") }
	c.diags.AddWarning("A part of the recipe runs", fmt.Sprintf("Of recipe type %s %s chooses nodes:\n\n  chosen: %s\n  needed by them: %s\n  left out: %s",
		offer.RecipeType.ValueString(), by, list(chosen), list(needed), list(out)))
}

// graphOf holds nodes against those of a recipe type; at is where they stand.
func graphOf(target plan.Target, names []string, at path.Path, report func(at path.Path, detail string)) {
	if target.Definition == nil {
		return
	}
	for _, p := range order.CheckNodes(names, target.Definition) {
		report(at, fmt.Sprintf("%s (%s)", p.Text(), p.Code))
	}
}

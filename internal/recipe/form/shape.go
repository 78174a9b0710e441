package form

import (
	"sync"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
)

// DraftShape describes the object form of a definition: maps for what the JSON form has
// arrays of, and one member for each type of node.
var DraftShape = sync.OnceValue(func() document.Shape {
	s := document.ObjectOf(
		document.Member{Name: "input", Shape: interfaceShape(), Doc: "The inputs of the recipe.", Default: map[string]any{}},
		document.Member{Name: "nodes", Shape: document.MapOf(nodeShape()), Required: true,
			Doc: "The nodes by name. Each is exactly one of `job`, `recipe` and `condition`."},
	)
	s.Hints = map[string]string{"version": jsonFormHint}
	return s
})

const jsonFormHint = "it belongs to the JSON form of a definition, which is given as text"

func nodeShape() document.Shape {
	text := document.Simple(document.Text)
	revision, flag := document.Simple(document.Integer), document.Simple(document.Bool)
	s := document.ObjectOf(
		document.Member{Name: "job", Doc: "The node runs a job of this type.", Shape: document.ObjectOf(
			document.Member{Name: "name", Shape: text, Required: true, Doc: "Name of the job type."},
			document.Member{Name: "version", Shape: text, Required: true, Doc: "Version of the job type."},
			document.Member{Name: "revision", Shape: revision, Required: true, Doc: "Revision of the job type."},
		)},
		document.Member{Name: "recipe", Doc: "The node runs a whole recipe of this type (a sub-recipe).", Shape: document.ObjectOf(
			document.Member{Name: "name", Shape: text, Required: true, Doc: "Name of the recipe type."},
			document.Member{Name: "revision", Shape: revision, Required: true, Doc: "Revision of the recipe type."},
		)},
		document.Member{
			Name: "condition",
			Doc:  "The node looks at its input and accepts or rejects it, which decides on the nodes that depend on it.",
			Shape: document.ObjectOf(
				document.Member{Name: "interface", Shape: interfaceShape(), Default: map[string]any{},
					Doc: "What the condition looks at; other nodes can take the same names as its outputs."},
				document.Member{Name: "data_filter", Shape: dataFilterShape(), Default: map[string]any{},
					Doc: "The test that decides. Without filters everything is accepted."},
			),
		},
		document.Member{Name: "dependencies", Shape: document.MapOf(document.Simple(document.Bool)), Default: map[string]any{},
			Doc: "The nodes that come before this one, by name, with the acceptance that it waits for: " +
				"`true` runs when the condition accepts (jobs and recipes always do), `false` when it rejects."},
		document.Member{Name: "input", Shape: document.MapOf(connectionShape()), Default: map[string]any{},
			Doc: "Where each input of the node comes from: `recipe_input`, or `node` and `output` " +
				"of a node that is among its dependencies or theirs, or `value`."},
		document.Member{Name: "allow_failure", Shape: flag, Default: false,
			Doc: "Whether what is below goes on if the job or the sub-recipe fails or is canceled, and the recipe can complete. Its outputs are optional then. Beyond v6."},
		document.Member{Name: "any", Shape: flag, Default: false,
			Doc: "A join: the node runs when everything above has ended and at least one of its dependencies has run as it asks, instead of all of them. Beyond v6."},
		document.Member{Name: "finally", Shape: flag, Default: false,
			Doc: "The node runs when everything above has ended, however: also if it failed, was canceled or is never run. Outputs of what is above are optional then. Beyond v6."},
		document.Member{Name: "timeout", Shape: document.Simple(document.Integer),
			Doc: "Seconds after which the job of the node is stopped, with the error `timeout`, if that is less than the `timeout` of its manifest. Galley's own."},
		document.Member{Name: "retry", Shape: RetryShape(),
			Doc: "How the job of the node is tried again when it fails, instead of what its job type says. Galley's own: other backends do not know it."},
	)
	s.Hints = map[string]string{"node_type": jsonFormHint}
	return s
}

func connectionShape() document.Shape {
	text := document.Simple(document.Text)
	return document.ObjectOf(
		document.Member{Name: "recipe_input", Shape: text, Doc: "Name of an input of the recipe."},
		document.Member{Name: "node", Shape: text, Doc: "Name of another node."},
		document.Member{Name: "output", Shape: text, Doc: "Name of an output of `node`."},
		document.Member{Name: "value", Shape: text, Doc: "Instead of those, a constant as JSON, written with `jsonencode`. Beyond v6."},
	)
}

func interfaceShape() document.Shape {
	flag := document.Simple(document.Bool)
	file := document.ObjectOf(
		document.Member{Name: "media_types", Shape: document.ListOf(document.Simple(document.Text)), Default: []any{},
			Doc: "Media types that fit. Others only cause a warning. Default `[]`."},
		document.Member{Name: "required", Shape: flag, Default: true, Doc: "Whether there has to be a file."},
		document.Member{Name: "multiple", Shape: flag, Default: false, Doc: "Whether there can be several files."},
	)
	value := document.ObjectOf(
		document.Member{Name: "type", Shape: document.Simple(document.Text), Required: true,
			Doc: "`array`, `boolean`, `integer`, `number`, `object` or `string`."},
		document.Member{Name: "required", Shape: flag, Default: true, Doc: "Whether there has to be a value."},
		document.Member{Name: "default", Shape: document.Simple(document.Text),
			Doc: "Of the inputs of the recipe: the value where none is given, as JSON, written with `jsonencode`. Beyond v6."},
	)
	return document.ObjectOf(
		document.Member{Name: "files", Shape: document.MapOf(file), Default: map[string]any{},
			Doc: "Parameters for files, by name: letters, digits (not in front; beyond v6), `_` and `-`."},
		document.Member{Name: "json", Shape: document.MapOf(value), Default: map[string]any{},
			Doc: "Parameters for JSON values, by name: letters, digits (not in front; beyond v6), `_` and `-`."},
	)
}

func dataFilterShape() document.Shape {
	return document.ObjectOf(
		document.Member{Name: "all", Shape: document.Simple(document.Bool), Default: true,
			Doc: "Whether all filters have to pass (`true`, the default) or any of them."},
		document.Member{Name: "filters", Shape: document.ListOf(filterShape()), Default: []any{}, Doc: "The single tests."},
	)
}

func filterShape() document.Shape {
	text, flag := document.Simple(document.Text), document.Simple(document.Bool)
	return document.ObjectOf(
		document.Member{Name: "name", Shape: text, Required: true, Doc: "Name of the parameter of the condition's interface."},
		document.Member{Name: "type", Shape: text, Required: true,
			Doc: "`string`, `integer`, `number`, `boolean` or `object` for JSON values; `filename`, " +
				"`media-type`, `data-type` or `meta-data` for files."},
		document.Member{Name: "condition", Shape: text, Required: true,
			Doc: "`==`, `!=`, `<`, `<=`, `>`, `>=`, `between`, `in`, `not in`, `contains`, " +
				"`subset of` or `superset of`; which of them fit depends on `type`."},
		document.Member{Name: "values", Shape: document.ListOf(text), Required: true,
			Doc: "What the parameter is compared with, as text that is read by `type`: `40` and `true` can be " +
				"written as they are, values of `object` and `meta-data` filters are written with `jsonencode`."},
		document.Member{Name: "fields", Shape: document.ListOf(document.ListOf(text)),
			Doc: "For `object` and `meta-data`: paths into the value, one for each entry of `values`. A path is a list of keys."},
		document.Member{Name: "all_fields", Shape: flag, Default: true,
			Doc: "Whether every field has to pass (`true`, the default) or any of them."},
		document.Member{Name: "all_files", Shape: flag, Default: false,
			Doc: "Whether every file has to pass, or any of them (`false`, the default)."},
	)
}

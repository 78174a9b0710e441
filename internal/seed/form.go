package seed

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// The defaults of the short form.
const (
	DefaultTimeout = 3600 // seconds
	nobody         = "unknown"
)

// FormShape describes the short form of a manifest: what it says of a job, by names instead of
// in lists, with defaults for what a manifest must state though no job needs it. Its settings
// are those that have values; true stands for a secret one.
func FormShape() document.Shape {
	text, number := document.Simple(document.Text), document.Simple(document.Number)
	flag := func(name string, byDefault bool, doc string) document.Member {
		return document.Member{Name: name, Shape: document.Simple(document.Bool), Default: byDefault, Doc: doc}
	}
	kind := document.Member{Name: "type", Shape: text, Required: true, Doc: "`array`, `boolean`, `integer`, `number`, `object` or `string`."}
	files := func(members ...document.Member) document.Shape { return document.MapOf(document.ObjectOf(members...)) }
	none := map[string]any{}
	return document.ObjectOf(
		document.Member{Name: "name", Shape: text, Required: true, Doc: "Name: letters, digits and `-`."},
		document.Member{Name: "version", Shape: text, Required: true, Doc: "Version of the job, such as `1.0.0`."},
		document.Member{Name: "package_version", Shape: text, Doc: "Version of its package. Default: that of the job."},
		document.Member{Name: "title", Shape: text, Doc: "Title. Default: the name."},
		document.Member{Name: "description", Shape: text, Default: "", Doc: "What it does."},
		document.Member{Name: "maintainer", Doc: "Whom to ask about it.", Default: none, Shape: document.ObjectOf(
			document.Member{Name: "name", Shape: text, Default: nobody, Doc: "Name."},
			document.Member{Name: "email", Shape: text, Default: nobody, Doc: "E-mail address."},
		)},
		document.Member{Name: "command", Shape: text, Required: true, Doc: "A Bash command line. What it finds is in the guide *What a job sees*."},
		document.Member{Name: "inputs", Default: none, Doc: "What it takes, by name.", Shape: document.ObjectOf(
			document.Member{Name: "files", Default: none, Doc: "Files.", Shape: files(
				document.Member{Name: "media_types", Shape: document.ListOf(text), Default: []any{}, Doc: "Accepted media types. Default: any."},
				flag("required", true, "Whether there has to be one."),
				flag("multiple", false, "Whether there can be several: the job gets a folder."),
			)},
			document.Member{Name: "json", Default: none, Doc: "Values.", Shape: files(kind, flag("required", true, "Whether there has to be one."))},
		)},
		document.Member{Name: "outputs", Default: none, Doc: "What it makes, by name.", Shape: document.ObjectOf(
			document.Member{Name: "files", Default: none, Doc: "Files in the folder of the variable `OUTPUT_DIR`.", Shape: files(
				document.Member{Name: "pattern", Shape: text, Required: true, Doc: "Which files of the folder: a name, or a pattern such as `*.csv`."},
				document.Member{Name: "media_type", Shape: text, Default: DefaultMediaType, Doc: "Media type."},
				flag("required", true, "Whether the job fails without it."),
				flag("multiple", false, "Whether there can be several."),
			)},
			document.Member{Name: "json", Default: none, Doc: "Members of `seed.outputs.json` in that folder.", Shape: files(kind,
				document.Member{Name: "key", Shape: text, Doc: "Name of the member. Default: that of the output."}, flag("required", true, "Whether the job fails without it."))},
		)},
		document.Member{Name: "mounts", Default: none, Doc: "Shared folders that it needs, by name.", Shape: files(
			document.Member{Name: "path", Shape: text, Required: true, Doc: "Where the job looks for it: an absolute path."},
			document.Member{Name: "mode", Shape: text, Default: "ro", Doc: "`ro` or `rw`."},
		)},
		document.Member{Name: "settings", Default: none, Doc: "Its settings, by name: whether they are secret.", Shape: document.MapOf(document.Simple(document.Bool))},
		document.Member{Name: "resources", Default: none, Shape: document.MapOf(number),
			Doc: "What it needs, by name: `cpus` and `gpus` in pieces, `mem` and `disk` in MiB, and others."},
		document.Member{Name: "timeout", Shape: document.Simple(document.Integer), Default: json.Number(strconv.Itoa(DefaultTimeout)),
			Doc: "Seconds after which it is stopped."},
		document.Member{Name: "errors", Default: none, Doc: "What its exit codes mean, by the name of the error.", Shape: files(
			document.Member{Name: "code", Shape: document.Simple(document.Integer), Required: true, Doc: "Exit code, 1 to 255."},
			document.Member{Name: "title", Shape: text, Doc: "Title. Default: the name."},
			document.Member{Name: "description", Shape: text, Default: "", Doc: "What to do about it."},
			document.Member{Name: "category", Shape: text, Default: "job", Doc: "`job` (the program is to blame) or `data` (its input is)."},
		)},
	)
}

// ReadForm makes a manifest of its short form. It is nil if something is wrong or not known; the
// problems are at places in the form.
func ReadForm(v any) (manifest []byte, problems recipe.Problems) {
	read, wrong := FormShape().Read(v)
	for _, p := range wrong {
		problems = append(problems, recipe.Problem{Path: recipe.Path(p.Path), Code: JSONValidationError, Message: p.Path.String() + ": " + p.Message})
	}
	if len(wrong) > 0 || !document.Known(read) {
		return nil, problems
	}
	f := form{members: read.(map[string]any), places: map[string]recipe.Path{}} // Read makes an object, or a problem
	raw, err := json.Marshal(f.manifest())
	if err != nil {
		return nil, recipe.Problems{problem(nil, JSONValidationError, "it cannot be written: %s", err)}
	}
	_, found := Parse(raw)
	for _, p := range found {
		problems = append(problems, p.MovedTo(f.place(p.Path)))
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return raw, nil
}

// form is a short form whose shape is right. Places are those of the manifest's lists.
type form struct {
	members map[string]any
	places  map[string]recipe.Path
}

type members = map[string]any

func (f form) manifest() members {
	get := func(name string) any { return f.members[name] }
	or := func(name string, other any) any {
		if v := get(name); v != nil {
			return v
		}
		return other
	}
	inputs, outputs := get("inputs").(members), get("outputs").(members)
	in, out := recipe.Path{"inputs"}, recipe.Path{"outputs"}
	settings := members{}
	for name, secret := range get("settings").(members) {
		settings[name] = members{"secret": secret}
	}
	resources := members{}
	for name, amount := range get("resources").(members) {
		resources[name] = members{"value": amount}
	}
	return members{"seedVersion": "1.0.0", "job": members{
		"name": get("name"), "jobVersion": get("version"), "packageVersion": or("package_version", get("version")),
		"title": or("title", get("name")), "description": get("description"), "maintainer": get("maintainer"), "timeout": get("timeout"),
		"resources": members{"scalar": f.list(resources, recipe.Path{"resources"}, "job", "resources", "scalar")},
		"errors":    f.list(get("errors"), recipe.Path{"errors"}, "job", "errors"),
		"interface": members{
			"command": get("command"),
			"inputs": members{
				"files": f.list(inputs["files"], in.At("files"), "job", "interface", "inputs", "files"),
				"json":  f.list(inputs["json"], in.At("json"), "job", "interface", "inputs", "json"),
			},
			"outputs": members{
				"files": f.list(outputs["files"], out.At("files"), "job", "interface", "outputs", "files"),
				"json":  f.list(outputs["json"], out.At("json"), "job", "interface", "outputs", "json"),
			},
			"mounts":   f.list(get("mounts"), recipe.Path{"mounts"}, "job", "interface", "mounts"),
			"settings": f.list(settings, recipe.Path{"settings"}, "job", "interface", "settings"),
		},
	}}
}

// renamed are the members whose names differ, by those of the form.
func renamed() map[string]string {
	return map[string]string{"media_types": "mediaTypes", "media_type": "mediaType", "version": "jobVersion", "package_version": "packageVersion"}
}

// list makes the elements of a map a list by name, and notes where they come from.
func (f form) list(v any, from recipe.Path, to ...string) []any {
	byName, _ := v.(members)
	out := []any{}
	names := make([]string, 0, len(byName))
	for name := range byName {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		element := members{"name": name}
		for member, value := range byName[name].(members) {
			if other := renamed()[member]; other != "" {
				member = other
			}
			element[member] = value
		}
		out = append(out, element)
		f.places[recipe.Path(append(slices.Clone(to), strconv.Itoa(i))).String()] = from.At(name)
	}
	return out
}

// place is where in the form a place of the manifest comes from.
func (f form) place(at recipe.Path) recipe.Path {
	back := func(steps recipe.Path) recipe.Path {
		out := slices.Clone(steps)
		for i, step := range out {
			for here, there := range renamed() {
				if step == there {
					out[i] = here
				}
			}
		}
		return out
	}
	for n := len(at); n > 0; n-- {
		if from, known := f.places[at[:n].String()]; known {
			rest := at[n:]
			if len(rest) == 1 && rest[0] == "name" { // it is the key
				rest = nil
			}
			return append(slices.Clone(from), back(rest)...)
		}
	}
	for _, outer := range []recipe.Path{{"job", "interface"}, {"job"}} {
		if len(at) > len(outer) && slices.Equal(at[:len(outer)], outer) {
			return back(at[len(outer):])
		}
	}
	return at
}

package order

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// ShownDestination is where an alert goes for the eyes of those who may not send some
// there themselves: of a URL only the host, because whoever knows the rest can use it.
func ShownDestination(text string) string {
	scheme, _, isURL := strings.Cut(text, "://")
	if !isURL {
		return text
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return Mask
	case u.User == nil && strings.Trim(u.Path, "/") == "" && u.RawQuery == "":
		return text
	}
	return scheme + "://" + u.Host + "/" + Mask
}

// HideDestinations are variables of one layer, or the effective ones, with
// [ShownDestination] in the place of each destination, wherever a text has it. Those of the
// variables known stay.
func HideDestinations(vs, known Variables) Variables {
	all := func(vs Variables) []string {
		effective, _ := Effective(vs)
		return append(Destinations(vs), Destinations(effective)...)
	}
	secret, open := all(vs), all(known)
	secret = slices.DeleteFunc(secret, func(d string) bool { return ShownDestination(d) == d || slices.Contains(open, d) })
	if len(secret) == 0 {
		return vs
	}
	// One may begin with another.
	slices.SortFunc(secret, func(a, b string) int { return len(b) - len(a) })
	hidden, _ := hide(map[string]any(vs), secret).(map[string]any)
	return hidden
}

func hide(value any, secret []string) any {
	switch v := value.(type) {
	case string:
		for _, text := range secret {
			v = strings.ReplaceAll(v, text, ShownDestination(text))
		}
		return v
	case []any:
		out := slices.Clone(v)
		for i, item := range out {
			out[i] = hide(item, secret)
		}
		return out
	case map[string]any:
		out := maps.Clone(v)
		for name, member := range out {
			out[name] = hide(member, secret)
		}
		return out
	}
	return value
}

// HideSecrets are variables of one layer without what viewers may not see: the values of
// secrets, and of what refers to one, and destinations (HideDestinations).
func HideSecrets(vs Variables, secrets []string) Variables {
	return HideDestinations(vs.Masked(Tainted(secrets, vs)), nil)
}

// HideInFile is HideSecrets for the variables of a file of a kitchen's recipe, and for the
// settings of its variations, if it is one that has some. What has nothing to hide is left as
// it is.
func HideInFile(path, contents string, secrets []string) string {
	if path != VariablesFile && path != VariationsFile {
		return contents
	}
	read, err := recipe.Decode(recipe.WithoutBOM([]byte(contents)))
	file, isObject := read.(map[string]any)
	if err != nil || !isObject {
		return contents
	}
	layer := func(written map[string]any) map[string]any {
		vs := replaced(written)
		shown := map[string]any(HideSecrets(vs, secrets))
		if document.Equal(shown, map[string]any(vs)) {
			return written // also its older form
		}
		return shown
	}
	shown := inMember(file, "variable-list", layer)
	if path == VariationsFile {
		shown = inMember(file, "override-setting-list", func(list map[string]any) map[string]any { return inEach(list, layer) })
		shown = inMember(shown, "variation-list", func(list map[string]any) map[string]any {
			return inEach(list, func(variation map[string]any) map[string]any {
				return inMember(variation, "configuration", func(c map[string]any) map[string]any {
					return inMember(c, "settings", func(settings map[string]any) map[string]any { return Variables(settings).Masked(secrets) })
				})
			})
		})
	}
	before, _ := json.Marshal(file)
	after, _ := json.Marshal(shown)
	if string(before) == string(after) {
		return contents
	}
	out, err := json.MarshalIndent(shown, "", "  ")
	if err != nil { // it came from JSON
		return Mask
	}
	return string(out)
}

// inMember is an object with change done to one of its members, if that is an object.
func inMember(object map[string]any, name string, change func(map[string]any) map[string]any) map[string]any {
	inner, isObject := object[name].(map[string]any)
	if !isObject {
		return object
	}
	out := maps.Clone(object)
	out[name] = change(inner)
	return out
}

// inEach is inMember for all members.
func inEach(object map[string]any, change func(map[string]any) map[string]any) map[string]any {
	for name := range object {
		object = inMember(object, name, change)
	}
	return object
}

package order

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

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
		return mask
	case u.User == nil && strings.Trim(u.Path, "/") == "" && u.RawQuery == "":
		return text
	}
	return scheme + "://" + u.Host + "/" + mask
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

// HideDestinationsOfFile is HideDestinations for the variables of a file of a kitchen's
// recipe, if it is one that has some. What has nothing to hide is left as it is.
func HideDestinationsOfFile(path, contents string) string {
	list, nested := "variable-list", false
	switch path {
	case VariablesFile:
	case VariationsFile:
		list, nested = "override-setting-list", true
	default:
		return contents
	}
	read, err := recipe.Decode([]byte(contents))
	file, isObject := read.(map[string]any)
	layer, _ := file[list].(map[string]any)
	if err != nil || !isObject {
		return contents
	}
	shown := map[string]any(HideDestinations(layer, nil))
	if nested {
		shown = maps.Clone(layer)
		for name, values := range layer {
			if vs, isLayer := values.(map[string]any); isLayer {
				shown[name] = map[string]any(HideDestinations(vs, nil))
			}
		}
	}
	before, _ := json.Marshal(layer)
	after, _ := json.Marshal(shown)
	if string(before) == string(after) {
		return contents
	}
	file = maps.Clone(file)
	file[list] = shown
	out, err := json.MarshalIndent(file, "", "  ")
	if err != nil { // it came from JSON
		return mask
	}
	return string(out)
}

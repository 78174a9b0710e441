package code

import (
	"fmt"
	"strings"
)

// Folder is resources as files by name, one for each type. Each resource has an identifier of its
// own in it, and refers to the others that it names. Two of the same key are one.
func Folder(resources []Resource) (map[string]string, error) {
	labels, taken := map[Key]string{}, map[Key]bool{}
	for _, r := range resources {
		if labels[r.Key()] != "" {
			continue
		}
		label := Identifier(r.Name)
		for n := 2; taken[Key{r.Type, label}]; n++ {
			label = fmt.Sprintf("%s_%d", Identifier(r.Name), n)
		}
		labels[r.Key()], taken[Key{r.Type, label}] = label, true
	}
	files, written := map[string]string{}, map[Key]bool{}
	for _, r := range resources {
		if written[r.Key()] {
			continue
		}
		written[r.Key()] = true
		text, err := r.in(labels)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", r.Type, r.Name, err)
		}
		name := strings.TrimPrefix(r.Type, "galley_") + "s.tf"
		if files[name] != "" {
			files[name] += "\n"
		}
		files[name] += text
	}
	return files, nil
}

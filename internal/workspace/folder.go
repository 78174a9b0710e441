package workspace

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// CheckFolder accepts the folder of a workspace on the backend's machine: absolute, or
// relative to the backend's data folder, which it must not leave, whichever way its
// system separates folders. The error is a clause to follow the name of the member.
func CheckFolder(folder string) error {
	switch {
	case strings.TrimSpace(folder) == "":
		return errors.New(`found no text, expected a folder for the files, such as "scenes" or "/srv/scenes"`)
	case strings.ContainsFunc(folder, unicode.IsControl):
		return fmt.Errorf("the folder %q contains a control character", folder)
	}
	if clean := path.Clean(strings.ReplaceAll(folder, `\`, "/")); clean == ".." || strings.HasPrefix(clean, "../") {
		return fmt.Errorf(`the folder %q leaves the data folder of the backend; use an absolute path or one without ".."`, folder)
	}
	return nil
}

// BrokerShape describes the storage of a workspace in its object form.
func BrokerShape() document.Shape {
	return document.ObjectOf(document.Member{
		Name: "host", Required: true, Doc: "A folder of the machine that the backend runs on.",
		Shape: document.ObjectOf(document.Member{
			Name: "path", Shape: document.Simple(document.Text), Required: true,
			Doc: "The folder; it is made if it is missing. A relative path lies below the backend's data folder. " +
				"(`host_path` in the API.)",
		}),
	})
}

// ReadBroker reads the object form of a workspace's storage: its folder, "" if that is not
// known.
func ReadBroker(v any) (folder string, problems []document.Problem) {
	read, problems := BrokerShape().Read(v)
	broker, _ := read.(map[string]any)
	host, _ := broker["host"].(map[string]any)
	folder, known := host["path"].(string)
	if !known {
		return "", problems
	}
	if err := CheckFolder(folder); err != nil {
		problems = append(problems, document.Problem{Path: recipe.Path{"host", "path"}, Message: err.Error()})
	}
	return folder, problems
}

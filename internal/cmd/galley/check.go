package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
)

type checkCmd struct {
	listing
	File string `arg:"" help:"JSON: the definition of a recipe type, in the form of the API or of the provider; the manifest of a job type; or a file of a kitchen's recipe that is named description.json, variations.json or variables.json. - is stdin." type:"path"`
}

// finding is one thing that is wrong with a file, or doubtful.
type finding struct {
	Path    string `json:"path"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Warning bool   `json:"warning"`
}

// Run is `galley check`.
func (c checkCmd) Run(p *program) error {
	var raw []byte
	var err error
	if c.File == "-" {
		raw, err = io.ReadAll(p.stdin)
	} else {
		raw, err = os.ReadFile(c.File)
	}
	if err != nil {
		return err
	}
	kind, problems := checkDocument(filepath.Base(c.File), raw)
	findings := []finding{}
	for _, f := range problems {
		findings = append(findings, finding{f.Path.String(), string(f.Code), f.Text(), f.Warning})
	}
	if c.JSON {
		if err := p.json(findings); err != nil {
			return err
		}
	} else {
		for _, f := range problems {
			severity := "error"
			if f.Warning {
				severity = "warning"
			}
			p.say("%s: %s: %s (%s)", c.File, severity, f.Message, f.Code)
		}
	}
	if n := len(problems.Errors()); n > 0 {
		return failure{fmt.Sprintf("%s: %s with %d errors", c.File, kind, n)}
	}
	if !c.JSON {
		p.say("%s: %s without errors", c.File, kind)
	}
	return nil
}

// checkDocument applies every rule that needs nothing but the document.
func checkDocument(name string, raw []byte) (kind string, found recipe.Problems) {
	switch name {
	case order.DescriptionFile, order.VariationsFile, order.VariablesFile:
		return name + " of a kitchen's recipe", order.CheckFile(name, raw)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err == nil {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			members, _ := value.(map[string]any)
			_, isManifest := members["seedVersion"]
			if _, hasJob := members["job"]; isManifest || hasJob {
				_, found = seed.Parse(raw)
				return "manifest of a job type", found
			}
			if isDraft(members) {
				return "definition in the provider's form", form.ReadDraft(value).Check()
			}
		}
	}
	definition, found := recipe.Parse(raw)
	if definition != nil {
		found = append(found, recipe.Validate(definition, recipe.Catalog{}).InPlan()...)
	}
	return "definition", found
}

// isDraft tells the provider's form by a node that says what it runs without a node_type.
func isDraft(members map[string]any) bool {
	nodes, _ := members["nodes"].(map[string]any)
	for _, n := range nodes {
		node, _ := n.(map[string]any)
		for _, kind := range []string{"job", "recipe", "condition"} {
			if _, has := node[kind]; has {
				return true
			}
		}
	}
	return false
}

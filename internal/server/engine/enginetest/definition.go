package enginetest

import (
	"fmt"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// JobSpec describes a job type for tests: names of its inputs and outputs.
type JobSpec struct {
	Name     string
	FilesIn  []string // a "?" in front: optional
	FilesOut []string
	JSONIn   []string // integers
	JSONOut  []string
	Command  string
	Mounts   []string
	Timeout  int
	Settings map[string]string
	Offers   []string // settings of the manifest; a "!" in front: secret
}

// Simulated is the settings of a job type that takes d and gives the JSON outputs.
func Simulated(d time.Duration, outputs ...string) map[string]string {
	s := map[string]string{}
	if d > 0 {
		s[executor.SimulateDuration] = d.String()
	}
	for i := 0; i+1 < len(outputs); i += 2 {
		s[executor.SimulateOutput+outputs[i]] = outputs[i+1]
	}
	return s
}

// Parts of definitions.

// JobNode is a node of a job of revision 1, version 1.0.0; see Node.
func JobNode(jobType string, dependencies, input map[string]string) string {
	return Node(fmt.Sprintf(`{"node_type":"job","job_type_name":%q,"job_type_version":"1.0.0","job_type_revision":1}`, jobType), dependencies, input)
}

// SubNode is a node of a sub-recipe of revision 1; see Node.
func SubNode(recipeType string, dependencies, input map[string]string) string {
	return Node(fmt.Sprintf(`{"node_type":"recipe","recipe_type_name":%q,"recipe_type_revision":1}`, recipeType), dependencies, input)
}

// Node writes a node. Dependencies are "true" or "false"; input is "recipe:<input>"
// or "<node>:<output>".
func Node(nodeType string, dependencies, input map[string]string) string {
	var ds, is []string
	for _, name := range usecase.SortedKeys(dependencies) {
		ds = append(ds, fmt.Sprintf(`{"name":%q,"acceptance":%s}`, name, dependencies[name]))
	}
	for _, name := range usecase.SortedKeys(input) {
		source, output, _ := strings.Cut(input[name], ":")
		if source == "recipe" {
			is = append(is, fmt.Sprintf(`%q:{"type":"recipe","input":%q}`, name, output))
		} else {
			is = append(is, fmt.Sprintf(`%q:{"type":"dependency","node":%q,"output":%q}`, name, source, output))
		}
	}
	return fmt.Sprintf(`{"dependencies":[%s],"input":{%s},"node_type":%s}`, strings.Join(ds, ","), strings.Join(is, ","), nodeType)
}

// Definition writes a definition of an interface and nodes.
func Definition(input string, nodes map[string]string) string {
	var ns []string
	for _, name := range usecase.SortedKeys(nodes) {
		ns = append(ns, fmt.Sprintf("%q:%s", name, nodes[name]))
	}
	return fmt.Sprintf(`{"version":"7","input":%s,"nodes":{%s}}`, input, strings.Join(ns, ","))
}

// Deps are dependencies or inputs of a node.
type Deps = map[string]string

// OneFile is an interface with the file input "scene".
const OneFile = `{"files":[{"name":"scene"}],"json":[]}`

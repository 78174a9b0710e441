package provider

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// TestAccTypedNulls gives each optional document a null that has a type, as modules hand on what their
// users leave out: it counts as left out, at plan, at apply, and in the plan after that.
func TestAccTypedNulls(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	documents := `
variable "none" {
  type    = object({ a = optional(string), b = optional(number) })
  default = null
}
variable "members" {
  type    = list(object({ files = map(list(number)) }))
  default = null
}
variable "names" {
  type    = map(list(string))
  default = null
}
resource "galley_workspace" "w" {
  title  = "W"
  broker = { host = { path = "w" } }
}
resource "galley_strike" "s" {
  title           = "S"
  workspace       = galley_workspace.w.name
  monitor         = { type = "dir-watcher", transfer_suffix = null }
  files_to_ingest = [{ filename_regex = ".*", data_types = null }]
  recipe          = var.none
  description     = "MAX"
}
resource "galley_scan" "s" {
  title           = "S"
  workspace       = galley_workspace.w.name
  scanner         = { type = "dir", transfer_suffix = null }
  files_to_ingest = [{ filename_regex = ".*", data_types = null }]
  recipe          = var.none
  description     = "MAX"
}
resource "galley_job_type" "say" {
  name          = "say"
  maintainer    = var.none
  max_scheduled = MAX
  version       = "1.0.0"
  command       = "echo $TEXT"
  inputs        = { json = { TEXT = { type = "string" } }, files = var.none }
  outputs       = var.none
  mounts        = var.none
  resources     = var.none
  errors        = var.none
  retry         = var.none
  configuration = var.none
}
resource "galley_recipe_type" "say" {
  title = "Say"
  definition = {
    input = { json = { text = { type = "string" } } }
    nodes = { n = { job = galley_job_type.say.ref, input = { TEXT = { recipe_input = "text" } }, retry = var.none, dependencies = null } }
  }
}
resource "galley_recipe_type" "json" {
  title           = "Say JSON"
  definition      = var.none
  definition_json = jsonencode({ nodes = {} })
}
resource "galley_job_type" "bare" {
  name    = "bare"
  version = "1.0.0"
  command = "true"
  inputs  = var.none
}
resource "galley_recipe" "json" {
  recipe_type = galley_recipe_type.json.name
  input       = var.none
}
resource "galley_recipe" "say" {
  recipe_type   = galley_recipe_type.say.name
  input         = { json = { text = "x" } }
  configuration = var.none
  forced_nodes  = var.none
  timeouts      = var.none
}
resource "galley_source_file" "f" {
  workspace = galley_workspace.w.name
  path      = "f.txt"
  content   = "x"
}
resource "galley_dataset" "d" {
  parameters        = { files = { text = { media_types = null } } }
  global_parameters = var.none
  global_data       = var.none
  members           = [{ files = { text = [galley_source_file.f.id] }, json = null }]
}
resource "galley_dataset" "empty" {
  parameters = var.none
  members    = var.members
}
resource "galley_recipe_type" "empty" {
  title      = "Empty"
  definition = { input = { files = { text = {} } }, nodes = {} }
}
resource "galley_batch" "b" {
  recipe_type  = galley_recipe_type.empty.name
  dataset      = galley_dataset.d.id
  description  = "MAX"
  forced_nodes = var.none
  timeouts     = var.none
}
resource "galley_kitchen" "k" {
  name      = "k"
  overrides = var.none
  description = "MAX"
  overrides_wo = var.none
  alerts    = var.names
  secret_overrides = var.none
}
resource "galley_kitchen_recipe" "r" {
  kitchen     = galley_kitchen.k.name
  name        = "r"
  recipe_type = galley_recipe_type.say.name
  variables   = var.none
  variations  = { v = { input_json = { text = jsonencode("x") }, schedule = var.none, input_files = var.none, configuration = var.none, overrides_json = null } }
}
resource "galley_order" "o" {
  kitchen           = galley_kitchen.k.name
  recipe            = galley_kitchen_recipe.r.name
  variation         = "v"
  parameters        = var.none
  secret_parameters = var.none
  parameters_wo     = var.none
  overlap           = "MAX" == "2" ? "allow" : null
  schedule          = var.none
  input_files       = var.none
  infrastructure    = var.none
  alerts            = var.names
  timeouts          = var.none
}
`
	withoutNull := []string{"galley_workspace.broker", "galley_kitchen_recipe.variations", "galley_strike.monitor", "galley_strike.files_to_ingest",
		"galley_scan.scanner", "galley_scan.files_to_ingest"} // needed here
	for kind, schemas := range providertest.NewProtocol(t, s).Schemas.ResourceSchemas {
		block := strings.Join(regexp.MustCompile(`(?s)resource "`+kind+`".*?\n}\n`).FindAllString(documents, -1), "")
		for _, a := range schemas.Block.Attributes {
			isDocument := a.Type != nil && a.Type.Equal(tftypes.DynamicPseudoType) && (a.Optional || a.Required)
			if isDocument && !slices.Contains(withoutNull, kind+"."+a.Name) &&
				!regexp.MustCompile(`\b`+a.Name+`\s*= var\.`).MatchString(block) {
				t.Errorf("no null is given to %s.%s", kind, a.Name)
			}
		}
	}
	config := func(most string) string {
		return providertest.ProviderBlock(s, "workload_identity = var.none") + strings.ReplaceAll(documents, "MAX", most)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: config("1")}, // the plan after it is empty
			{Config: config("2")},
		},
	})
}

package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// maxFilesChecked bounds the files of one recipe that a plan looks up.
const maxFilesChecked = 100

// simulationPrefix begins the names of settings that are for the executor, not for jobs.
const simulationPrefix = "GALLEY_SIMULATE_"

// recipeCheck holds a planned recipe against the types that it is made of, which the
// same plan may make, and against what is on the server.
type recipeCheck struct {
	recipeTypes
	wanted  wantedRecipe
	secrets secretSettings // those of the configuration
	target  recipeTarget
	diags   *diag.Diagnostics
	place   *offeredPlace // nil: the attributes input and configuration of a recipe
}

// wantedRecipe is what a recipe is planned with.
type wantedRecipe struct {
	recipeType           types.String
	input, configuration types.Object
	forcedNodes          types.Dynamic
}

// offeredPlace is where the recipe of an order has its input and configuration from.
type offeredPlace struct {
	summary       string
	given         givenInput
	inputAt       func(recipe.Path) path.Path // the attribute for a place in the input
	configuredAt  path.Path                   // the attribute configuration
	mayComeLater  bool                        // JSON inputs that are missing may still be given
	configuration types.Object
}

// report adds an error, or, if it stands on what the server says, a finding.
func (c recipeCheck) report(certain bool, at path.Path, summary, detail string) {
	if certain || c.online == nil {
		c.diags.AddAttributeError(at, summary, detail)
		return
	}
	c.online.finding(c.diags, at, summary, detail)
}

func (c recipeCheck) summary() string {
	if c.place != nil {
		return c.place.summary
	}
	return "Cannot start recipe of type " + c.wanted.recipeType.ValueString()
}

func (c recipeCheck) given() givenInput {
	if c.place != nil {
		return c.place.given
	}
	return readInput(c.wanted.input)
}

func (c recipeCheck) inputAt(p recipe.Path) path.Path {
	if c.place != nil {
		return c.place.inputAt(p)
	}
	return inputPath(p)
}

func (c recipeCheck) configuredBy() (v types.Object, at path.Path) {
	if c.place != nil {
		return c.place.configuration, c.place.configuredAt
	}
	return c.wanted.configuration, path.Root("configuration")
}

// startable reports what is known against the type and its revision.
func (c recipeCheck) startable() {
	if c.target.problem == "" {
		return
	}
	at := path.Root("recipe_type_revision")
	if c.target.hint {
		at = path.Root("recipe_type")
	}
	c.report(false, at, c.summary(), c.target.problem)
}

// forced holds forced_nodes against the nodes of the definition, at any depth.
func (c recipeCheck) forced(ctx context.Context) {
	f, problems, _ := parseForced(c.wanted.forcedNodes)
	if c.target.definition == nil || len(problems.Errors()) > 0 {
		return // the latter has been reported offline
	}
	for _, p := range f.Check(c.target.definition, c.sub(ctx)) {
		if p.Warning {
			addForcedProblems(c.diags, recipe.Problems{p})
			continue
		}
		c.report(c.target.planned, path.Root("forced_nodes"), invalidForcedNodes, forcedDetail(p))
	}
}

// givenInput is what is known of the attribute input.
type givenInput struct {
	data    recipe.Data
	partly  map[string]bool // names whose values are not wholly known; they have placeholders
	noFiles bool            // there may be more files than data has
	noJSON  bool            // there may be more JSON values than data has
}

func readInput(input types.Object) givenInput {
	g := givenInput{
		data:   recipe.Data{Files: map[string][]int64{}, JSON: map[string]any{}},
		partly: map[string]bool{}, noFiles: input.IsUnknown(), noJSON: input.IsUnknown(),
	}
	files, _, known := membersOf(input.Attributes()["files"])
	g.noFiles = g.noFiles || !known
	for name, v := range files {
		list, ok := v.(types.List)
		if !ok || list.IsNull() {
			continue
		}
		ids := []int64{}
		for _, e := range list.Elements() {
			id, _ := e.(types.Int64)
			ids = append(ids, id.ValueInt64()) // 0 if unknown
		}
		g.partly[name] = list.IsUnknown()
		g.data.Files[name] = ids
	}
	values, _, known := membersOf(input.Attributes()["json"])
	g.noJSON = g.noJSON || !known
	for name, v := range values {
		value, ok := jsonOf(v)
		g.partly[name] = g.partly[name] || !ok
		g.data.JSON[name] = value
	}
	return g
}

// knows tells whether a problem does not hang on values that are unknown.
func (g givenInput) knows(p recipe.Problem) bool {
	if p.Code == recipe.ParamRequired {
		return !(p.Path[0] == "files" && g.noFiles || p.Path[0] == "json" && g.noJSON)
	}
	return len(p.Path) < 2 || p.Code == recipe.MismatchedParamType || !g.partly[p.Path[1]]
}

// input holds the input against the interface of the definition.
func (c recipeCheck) input() {
	if c.target.definition == nil {
		return
	}
	given, takes := c.given(), c.target.definition.Input
	_, problems := takes.CheckData(given.data)
	for _, p := range problems {
		if !given.knows(p) {
			continue
		}
		at := c.inputAt(p.Path)
		text := fmt.Sprintf("%s: %s (%s)", at, withoutPlace(p), p.Code)
		if c.place != nil && c.place.mayComeLater && p.Code == recipe.ParamRequired && p.Path[0] == "json" {
			c.diags.AddAttributeWarning(at, c.summary(), text+"\n\nEvery order has to give it as a parameter.")
			continue
		}
		c.report(c.target.planned, at, c.summary(), text)
	}
	names := slices.Sorted(maps.Keys(takes.Files))
	names = append(names, slices.Sorted(maps.Keys(takes.JSON))...)
	unknown := func(kind, name string) {
		at := c.inputAt(recipe.Path{kind, name})
		offer := "it takes no input"
		if len(names) > 0 {
			offer = "it takes " + joinWords(names, "and")
		}
		hint := strings.TrimSuffix(recipe.DidYouMean(name, names), "?")
		c.report(c.target.planned, at, c.summary(), fmt.Sprintf("%s: recipe type %s has no input '%s'%s; %s (%s)",
			at, c.wanted.recipeType.ValueString(), name, hint, offer, recipe.UnknownInput))
	}
	for _, name := range slices.Sorted(maps.Keys(given.data.Files)) {
		if !slices.Contains(names, name) {
			unknown("files", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(given.data.JSON)) {
		if !slices.Contains(names, name) && (given.data.JSON[name] != nil || given.partly[name]) {
			unknown("json", name)
		}
	}
}

// inputPath is the attribute for a place in data. The members of json are none of
// their own.
func inputPath(p recipe.Path) path.Path {
	at := path.Root("input")
	if len(p) == 0 {
		return at
	}
	at = at.AtName(p[0])
	if len(p) > 1 && p[0] == "files" {
		at = at.AtMapKey(p[1])
	}
	return at
}

// files looks up the input files: they exist, and are of the media types that the
// definition asks for.
func (c recipeCheck) files(ctx context.Context) {
	if c.online == nil || c.target.definition == nil {
		return
	}
	given := c.given().data.Files
	var ids []int64
	for _, name := range slices.Sorted(maps.Keys(given)) {
		ids = append(ids, given[name]...)
	}
	ids = ids[:min(len(ids), maxFilesChecked)]
	var wg sync.WaitGroup
	for _, id := range ids {
		if id > 0 {
			wg.Go(func() { _, _, _ = c.file(ctx, id) }) // for all that follow, at once
		}
	}
	wg.Wait()
	for _, name := range slices.Sorted(maps.Keys(given)) {
		for i, id := range given[name] {
			if id > 0 && slices.Contains(ids, id) {
				at := c.inputAt(recipe.Path{"files", name})
				if c.place == nil || len(at.Steps()) > 1 {
					at = at.AtListIndex(i)
				}
				c.oneFile(ctx, at, name, id)
			}
		}
	}
}

func (c recipeCheck) oneFile(ctx context.Context, at path.Path, name string, id int64) {
	f, exists, err := c.file(ctx, id)
	switch wanted := c.target.definition.Input.Files[name].MediaTypes; {
	case err != nil:
	case !exists:
		c.report(false, at, c.summary(), fmt.Sprintf("%s: there is no file %d", at, id))
	case f.IsDeleted:
		c.report(false, at, c.summary(), fmt.Sprintf("%s: file %d (%s in workspace %s) is deleted",
			at, id, f.FilePath, f.Workspace.Name))
	case len(wanted) > 0 && !slices.Contains(wanted, f.MediaType):
		c.diags.AddAttributeWarning(at, "Input "+name+" is of another media type", fmt.Sprintf(
			"%s: file %d (%s) is of media type %s; input '%s' of recipe type %s is for %s (%s)",
			at, id, f.FileName, f.MediaType, name, c.wanted.recipeType.ValueString(), joinWords(wanted, "or"),
			recipe.MismatchedMediaTypes))
	}
}

// configuration holds the configuration against what the jobs of the definition
// offer: a name that none of them has is hardly meant.
func (c recipeCheck) configuration(ctx context.Context) {
	attribute, root := c.configuredBy()
	conf, problems, _ := configurationDomain(c.secrets.in(attribute))
	if c.target.definition == nil || len(problems.Errors()) > 0 {
		return
	}
	maps.DeleteFunc(conf.Settings, func(name, _ string) bool { return strings.HasPrefix(name, simulationPrefix) })
	c.workspaces(ctx, conf, root.AtName("output_workspaces"))
	if len(conf.Mounts)+len(conf.Settings)+len(conf.OutputWorkspaces.Outputs) == 0 {
		return
	}
	offers, all := c.configurables(ctx, c.target.definition)
	if !all {
		return
	}
	var union recipe.Configurable
	for _, k := range offers {
		union.Mounts = append(union.Mounts, k.Mounts...)
		union.Settings = append(union.Settings, k.Settings...)
		union.SecretSettings = append(union.SecretSettings, k.SecretSettings...)
		union.FileOutputs = append(union.FileOutputs, k.FileOutputs...)
	}
	for _, p := range conf.Check(union) {
		switch p.Code {
		case recipe.UnknownMount, recipe.UnknownSetting, recipe.UnknownOutput:
			at := root
			for i, step := range p.Path {
				if i == len(p.Path)-1 {
					at = at.AtMapKey(step)
				} else {
					at = at.AtName(step)
				}
			}
			if p.Code == recipe.UnknownSetting && c.place == nil {
				at = c.secrets.settingPath(p.Path[len(p.Path)-1])
			}
			message := strings.ReplaceAll(withoutPlace(p), "the job type has no", "no job of the recipe has a")
			// Terraform shows one warning of those with the same summary.
			summary := fmt.Sprintf("Configuration names %s, which no job has", p.Path[len(p.Path)-1])
			c.diags.AddAttributeWarning(at, summary, fmt.Sprintf("%s: %s (%s)", at, message, p.Code))
		}
	}
}

// workspaces looks up the workspaces that outputs go to.
func (c recipeCheck) workspaces(ctx context.Context, conf recipe.Configuration, outputs path.Path) {
	named := map[string]path.Path{}
	for output, name := range conf.OutputWorkspaces.Outputs {
		named[name] = outputs.AtName("outputs").AtMapKey(output)
	}
	if name := conf.OutputWorkspaces.Default; name != "" {
		named[name] = outputs.AtName("default")
	}
	for _, name := range slices.Sorted(maps.Keys(named)) {
		at := named[name]
		active, planned := c.ledger.workspace(name)
		if !planned {
			all, err := c.online.workspaces(ctx)
			if err != nil {
				return
			}
			var exists bool
			if active, exists = all[name]; !exists {
				names := slices.Collect(maps.Keys(all))
				c.report(false, at, c.summary(), fmt.Sprintf("%s: there is no workspace '%s'%s (%s)", at, name,
					recipe.DidYouMean(name, names), recipe.InvalidWorkspace))
				continue
			}
		}
		if !active {
			c.report(planned, at, c.summary(), fmt.Sprintf("%s: workspace '%s' is inactive (%s)",
				at, name, recipe.DeprecatedWorkspace))
		}
	}
}

// all checks everything.
func (c recipeCheck) all(ctx context.Context) {
	c.startable()
	if c.target.problem != "" {
		return
	}
	c.input()
	c.forced(ctx)
	c.configuration(ctx)
	c.files(ctx)
}

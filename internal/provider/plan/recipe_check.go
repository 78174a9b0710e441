package plan

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

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

// maxFilesChecked bounds the files of one recipe that a plan looks up.
const maxFilesChecked = 100

// simulationPrefix begins the names of settings that are for the executor, not for jobs.
const simulationPrefix = "GALLEY_SIMULATE_"

// RecipeCheck holds a planned recipe against the types that it is made of, which the
// same plan may make, and against what is on the server.
type RecipeCheck struct {
	Types
	Wanted   WantedRecipe
	Settings value.JobSettings // those of the configuration
	Target   Target
	Diags    *diag.Diagnostics
	Place    *Place // nil: the attributes input and configuration of a recipe
}

// WantedRecipe is what a recipe is planned with.
type WantedRecipe struct {
	RecipeType                        types.String
	Input, Configuration, ForcedNodes types.Dynamic
}

// Place is where the recipe of an order has its input and configuration from.
type Place struct {
	Summary       string
	Given         form.DataDraft
	InputAt       func(recipe.Path) path.Path // the attribute for a place in the input
	ConfiguredAt  path.Path                   // the place of its configuration
	MayComeLater  bool                        // JSON inputs that are missing may still be given
	Configuration recipe.Configuration
}

// Report adds an error, or, if it stands on what the server says, a finding.
func (c RecipeCheck) Report(certain bool, at path.Path, summary, detail string) {
	if certain || c.Online == nil {
		c.Diags.AddAttributeError(at, summary, detail)
		return
	}
	c.Online.Finding(c.Diags, at, summary, detail)
}

func (c RecipeCheck) summary() string {
	if c.Place != nil {
		return c.Place.Summary
	}
	return "Cannot start recipe of type " + c.Wanted.RecipeType.ValueString()
}

func (c RecipeCheck) given() form.DataDraft {
	if c.Place != nil {
		return c.Place.Given
	}
	given, _ := form.ReadData(value.Tree(c.Wanted.Input)) // problems were reported offline
	return given
}

func (c RecipeCheck) inputAt(p recipe.Path) path.Path {
	if c.Place != nil {
		return c.Place.InputAt(p)
	}
	return inputPath(p)
}

// configured is what is known of the configuration, with its settings, and where it is; false
// if it is wrong, as was reported offline.
func (c RecipeCheck) configured() (conf recipe.Configuration, at path.Path, right bool) {
	if c.Place != nil {
		return c.Place.Configuration, c.Place.ConfiguredAt, true
	}
	conf, problems, _ := form.ReadConfiguration(form.RunConfigurationShape(), value.Tree(c.Wanted.Configuration))
	return c.Settings.In(conf), path.Root("configuration"), len(problems.Errors()) == 0
}

// Startable reports what is known against the type and its revision.
func (c RecipeCheck) Startable() {
	if c.Target.Problem == "" {
		return
	}
	at := path.Root("recipe_type_revision")
	if c.Target.hint {
		at = path.Root("recipe_type")
	}
	c.Report(c.Target.certain, at, c.summary(), c.Target.Problem)
}

// Forced holds forced_nodes against the nodes of the definition, at any depth.
func (c RecipeCheck) Forced(ctx context.Context) {
	f, problems, _ := value.ParseForced(c.Wanted.ForcedNodes)
	if c.Target.Definition == nil || len(problems.Errors()) > 0 {
		return // the latter has been reported offline
	}
	for _, p := range f.Check(c.Target.Definition, c.sub(ctx)) {
		if p.Warning {
			value.AddForcedProblems(c.Diags, recipe.Problems{p})
			continue
		}
		c.Report(c.Target.Planned, path.Root("forced_nodes"), value.InvalidForcedNodes, value.ForcedDetail(p))
	}
}

// Input holds the input against the interface of the definition.
func (c RecipeCheck) Input() {
	if c.Target.Definition == nil {
		return
	}
	given, takes := c.given(), c.Target.Definition.Input
	_, problems := takes.CheckData(given.Data)
	for _, p := range problems {
		if !given.Reports(p) {
			continue
		}
		at := c.inputAt(p.Path)
		text := fmt.Sprintf("%s: %s (%s)", at, p.Text(), p.Code)
		if c.Place != nil && c.Place.MayComeLater && p.Code == recipe.ParamRequired && p.Path[0] == "json" {
			c.Diags.AddAttributeWarning(at, c.summary(), text+"\n\nEvery order has to give it as a parameter.")
			continue
		}
		c.Report(c.Target.Planned, at, c.summary(), text)
	}
	names := slices.Sorted(maps.Keys(takes.Files))
	names = append(names, slices.Sorted(maps.Keys(takes.JSON))...)
	unknown := func(kind, name string) {
		at := c.inputAt(recipe.Path{kind, name})
		offer := "it takes no input"
		if len(names) > 0 {
			offer = "it takes " + value.JoinWords(names, "and")
		}
		hint := strings.TrimSuffix(recipe.DidYouMean(name, names), "?")
		c.Report(c.Target.Planned, at, c.summary(), fmt.Sprintf("%s: recipe type %s has no input '%s'%s; %s (%s)",
			at, c.Wanted.RecipeType.ValueString(), name, hint, offer, recipe.UnknownInput))
	}
	for _, name := range slices.Sorted(maps.Keys(given.Data.Files)) {
		if !slices.Contains(names, name) {
			unknown("files", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(given.Data.JSON)) {
		if !slices.Contains(names, name) && (given.Data.JSON[name] != nil || given.Partly[name]) {
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

// Files looks up the input files: they exist, and are of the media types that the
// definition asks for.
func (c RecipeCheck) Files(ctx context.Context) {
	if c.Online == nil || c.Target.Definition == nil {
		return
	}
	given := c.given().Data.Files
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
				if c.Place == nil || len(at.Steps()) > 1 {
					at = at.AtListIndex(i)
				}
				c.oneFile(ctx, at, name, id)
			}
		}
	}
}

func (c RecipeCheck) oneFile(ctx context.Context, at path.Path, name string, id int64) {
	f, exists, err := c.file(ctx, id)
	switch wanted := c.Target.Definition.Input.Files[name].MediaTypes; {
	case err != nil:
	case !exists:
		c.Report(false, at, c.summary(), fmt.Sprintf("%s: there is no file %d", at, id))
	case f.IsDeleted:
		c.Report(false, at, c.summary(), fmt.Sprintf("%s: file %d (%s in workspace %s) is deleted",
			at, id, f.FilePath, f.Workspace.Name))
	case len(wanted) > 0 && !slices.Contains(wanted, f.MediaType):
		c.Diags.AddAttributeWarning(at, "Input "+name+" is of another media type", fmt.Sprintf(
			"%s: file %d (%s) is of media type %s; input '%s' of recipe type %s is for %s (%s)",
			at, id, f.FileName, f.MediaType, name, c.Wanted.RecipeType.ValueString(), value.JoinWords(wanted, "or"),
			recipe.MismatchedMediaTypes))
	}
}

// Configuration holds the configuration against what the jobs of the definition
// offer: a name that none of them has is hardly meant.
func (c RecipeCheck) Configuration(ctx context.Context) {
	conf, root, right := c.configured()
	if c.Target.Definition == nil || !right {
		return
	}
	conf.Settings = maps.Clone(conf.Settings)
	maps.DeleteFunc(conf.Settings, func(name, _ string) bool { return strings.HasPrefix(name, simulationPrefix) })
	c.workspaces(ctx, conf, root.AtName("output_workspaces"))
	if len(conf.Mounts)+len(conf.Settings)+len(conf.OutputWorkspaces.Outputs) == 0 {
		return
	}
	offers, all := c.configurables(ctx, c.Target.Definition)
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
	if c.Place == nil {
		c.Settings.ValidateSecrets(union.SecretSettings, c.Diags)
	}
	c.Online.CheckMounts(ctx, conf, union.Mounts, root, c.Diags)
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
			if p.Code == recipe.UnknownSetting && c.Place == nil {
				at = c.Settings.SettingPath(p.Path[len(p.Path)-1])
			}
			message := strings.ReplaceAll(p.Text(), "the job type has no", "no job of the recipe has a")
			// Terraform shows one warning of those with the same summary.
			summary := fmt.Sprintf("Configuration names %s, which no job has", p.Path[len(p.Path)-1])
			c.Diags.AddAttributeWarning(at, summary, fmt.Sprintf("%s: %s (%s)", at, message, p.Code))
		}
	}
}

// workspaces looks up the workspaces that outputs go to.
func (c RecipeCheck) workspaces(ctx context.Context, conf recipe.Configuration, outputs path.Path) {
	named := map[string]path.Path{}
	for output, name := range conf.OutputWorkspaces.Outputs {
		named[name] = outputs.AtName("outputs").AtMapKey(output)
	}
	if name := conf.OutputWorkspaces.Default; name != "" {
		named[name] = outputs.AtName("default")
	}
	for _, name := range slices.Sorted(maps.Keys(named)) {
		at := named[name]
		active, planned := c.Ledger.workspace(name)
		if !planned {
			all, err := c.Online.workspaces(ctx)
			if err != nil {
				return
			}
			var exists bool
			active, exists = all[name]
			if !exists && c.Ledger.MadeElsewhere(KindWorkspace, name) {
				continue
			}
			if !exists {
				names := slices.Collect(maps.Keys(all))
				c.Report(false, at, c.summary(), fmt.Sprintf("%s: there is no workspace '%s'%s (%s)", at, name,
					recipe.DidYouMean(name, names), recipe.InvalidWorkspace))
				continue
			}
		}
		if !active {
			c.Report(planned, at, c.summary(), fmt.Sprintf("%s: workspace '%s' is inactive (%s)",
				at, name, recipe.DeprecatedWorkspace))
		}
	}
}

// All checks everything.
func (c RecipeCheck) All(ctx context.Context) {
	c.Startable()
	if c.Target.Problem != "" {
		return
	}
	c.Input()
	c.Forced(ctx)
	c.Configuration(ctx)
	c.Files(ctx)
}

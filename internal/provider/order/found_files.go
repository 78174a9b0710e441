package order

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// maxLookedAt bounds the files of a workspace that a plan looks at.
const maxLookedAt = 10_000

// foundNow tells, in the plan, what the rules for files would find now, for the run that is due next.
func (c orderCheck) foundNow(ctx context.Context, offer plan.OfferTarget, run plannedRun) {
	name := c.model.Variation.ValueString()
	if len(run.variation.FileRules) == 0 || value.AnyOf(run.partly) || c.Online == nil {
		return
	}
	own, _, known := order.ReadSchedule(value.Tree(c.model.Schedule))
	s, ps := own.Over(offer.Variations.Schedule(name)).Parse()
	if !known || len(ps) > 0 {
		return
	}
	due := time.Now()
	if next, later := s.Next(due); later {
		due = next
	}
	system := order.System(c.model.Kitchen.ValueString(), c.model.Recipe.ValueString(), name, "", "")
	rules, problems := order.Resolved(run.variation.FileRules, append(slices.Clone(run.layers), system, order.TimesOf(s, due).Variables())...)
	for _, p := range problems {
		c.report(offer.Certain, path.Root("input_files"), p.Text())
	}
	if len(problems) > 0 {
		return
	}
	var lines []string
	for _, input := range slices.Sorted(maps.Keys(rules)) {
		for _, rule := range rules[input] {
			if line := c.foundBy(ctx, rule); line != "" {
				lines = append(lines, input+": "+line)
			}
		}
	}
	if len(lines) > 0 {
		c.diags.AddWarning("Files of the next run", fmt.Sprintf("Rules choose the files when a run starts. For that of %s they would find now:\n\n  %s",
			due.In(s.Location()).Format(time.RFC3339), strings.Join(lines, "\n  ")))
	}
}

// foundBy is what one rule finds now; "" if that cannot be told.
func (c orderCheck) foundBy(ctx context.Context, rule order.FileRule) string {
	if rule.ID != 0 {
		return ""
	}
	key := fmt.Sprintf("files of %s as %v", rule.Workspace, rule.MediaTypes)
	rows, exists, err := plan.AskFor(ctx, c.Online, key, func(ctx context.Context) ([]api.File, error) {
		return c.Online.Client.Files(ctx, client.FileQuery{Workspaces: []string{rule.Workspace}, MediaTypes: rule.MediaTypes, IsDeleted: new(false),
			Order: []string{"-last_modified"}, Limit: maxLookedAt})
	})
	if err != nil || !exists {
		return ""
	}
	files := make([]order.FoundFile, len(rows))
	for i, f := range rows {
		files[i] = order.FoundFile{ID: f.ID, Path: f.FilePath, MediaType: f.MediaType, DataTypes: f.DataTypeTags, Created: f.Created.Time}
	}
	found := rule.Choose(files, nil)
	where := rule.Path + " of workspace " + rule.Workspace
	if rule.Path == "" {
		where = "workspace " + rule.Workspace
	}
	text := fmt.Sprintf("%s finds %s", where, value.Counted(len(found), "file", "files"))
	const most = 10
	for i, f := range found[:min(len(found), most)] {
		text += map[bool]string{true: ": ", false: ", "}[i == 0] + f.Path
	}
	if len(found) > most {
		text += fmt.Sprintf(" and %d more", len(found)-most)
	}
	if len(found) < rule.AtLeast {
		text += fmt.Sprintf("; when the run starts there have to be at least %d", rule.AtLeast)
	}
	return text
}

package page

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// An orderGrid is runs by time and node. All numbers are those of its picture.
type orderGrid struct {
	Width, Height float64
	MedianY       float64
	Median        string
	Columns       []gridColumn
	Rows          []gridRow
	More          int // nodes that are not in it
}

type gridColumn struct {
	X, BarY, BarH float64
	State         string
	Link, Title   string
	Day           string
	Monday        bool
}

type gridRow struct {
	Y     float64
	Name  string
	Kind  string
	Cells []gridCell
}

type gridCell struct {
	X     float64
	State string
	Tries int
	Link  string
	Title string
}

const (
	gridLeft  = 150.0
	gridStep  = 30.0
	gridTop   = 84.0
	gridRowH  = 24.0
	gridBarsH = 56.0
)

// fillGrid draws the newest runs, the oldest of them first.
func (d *orderView) fillGrid(ctx context.Context, v *visit, runs []store.OrderRun) error {
	var newest *store.Recipe
	longest := time.Duration(0)
	cols := make([]store.OrderRun, 0, len(runs))
	rows := map[int64][]store.NodeRow{}
	durations := map[int64]time.Duration{}
	for _, run := range slices.Backward(runs) {
		if run.RecipeID == nil {
			continue
		}
		if run.Started != nil {
			end := v.now
			if run.Ended != nil {
				end = run.Ended.Time
			}
			durations[run.ID] = end.Sub(run.Started.Time)
			longest = max(longest, durations[run.ID])
		}
		nodes, err := v.page.Store.RecipeNodesFull(ctx, *run.RecipeID)
		if err != nil {
			return err
		}
		rows[run.ID] = nodes
		row, err := v.page.Store.Recipe(ctx, *run.RecipeID)
		if err != nil {
			return err
		}
		newest = &row
		cols = append(cols, run)
	}
	if newest == nil {
		return nil
	}
	in, err := v.instanceOf(ctx, newest.ID)
	if err != nil {
		return err
	}
	names := in.names
	if d.Grid.More = len(names) - gridNodes; d.Grid.More > 0 {
		names = names[:gridNodes]
	}
	g := &d.Grid
	for i, run := range cols {
		x := gridLeft + gridStep*float64(i)
		h := 3.0
		if longest > 0 {
			h = max(gridBarsH*durations[run.ID].Seconds()/longest.Seconds(), 3)
		}
		at := v.at(run.Due())
		g.Columns = append(g.Columns, gridColumn{X: x, BarY: gridBarsH - h, BarH: h, State: run.Status, Link: fmt.Sprintf("%srecipes/%d", Prefix, *run.RecipeID),
			Title: fmt.Sprintf("%s, %s, %s", at.Short(), stateOf(run.Status).Word, duration(durations[run.ID])), Day: strconv.Itoa(at.Day()), Monday: at.Weekday() == time.Monday})
	}
	if in.usual.Runs > 0 && longest > 0 && in.usual.Recipe <= longest {
		g.MedianY, g.Median = gridBarsH-gridBarsH*in.usual.Recipe.Seconds()/longest.Seconds(), duration(in.usual.Recipe)
	}
	for r, name := range names {
		row := gridRow{Y: gridTop + gridRowH*float64(r), Name: name}
		switch n := in.definition.Nodes[name]; {
		case n.Condition != nil:
			row.Kind = "condition"
		case n.Recipe != nil:
			row.Kind = "recipe"
		}
		for i, run := range cols {
			row.Cells = append(row.Cells, cellOf(rows[run.ID], run, name, gridLeft+gridStep*float64(i)))
		}
		g.Rows = append(g.Rows, row)
	}
	g.Width = gridLeft + gridStep*float64(len(cols)) + 16
	g.Height = gridTop + gridRowH*float64(len(names)) + 8
	return nil
}

func cellOf(rows []store.NodeRow, run store.OrderRun, name string, x float64) gridCell {
	c := gridCell{X: x, State: "NOT TAKEN", Link: fmt.Sprintf("%srecipes/%d?%s", Prefix, *run.RecipeID, url.Values{"node": {name}}.Encode())}
	for i := range rows {
		if rows[i].NodeName != name {
			continue
		}
		c.State = node{Row: &rows[i]}.word()
		if rows[i].Job != nil && rows[i].Job.NumExes > 1 && c.State == string(recipe.Completed) {
			c.Tries = rows[i].Job.NumExes
		}
	}
	c.Title = name + " · " + c.State
	return c
}

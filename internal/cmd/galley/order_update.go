package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

type ordersSkippedCmd struct {
	listing
	orderID
	Limit int `short:"n" help:"At most so many runs." default:"20"`
}

// Run is `galley orders skipped`.
func (s ordersSkippedCmd) Run(ctx context.Context, p *program) error {
	if s.Limit < 1 {
		return fmt.Errorf("--limit is %d; it has to be 1 or more", s.Limit)
	}
	c, err := p.client()
	if err != nil {
		return err
	}
	kitchen, _, err := findOrder(ctx, c, s.Order)
	if err != nil {
		return err
	}
	runs, err := c.SkippedRuns(ctx, kitchen, s.Order, s.Limit)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, run := range runs {
		rows = append(rows, []string{time.UnixMilli(run.ScheduledFor).UTC().Format(time.RFC3339), run.Reason})
	}
	return s.print(p, orNone(runs), []string{"DUE", "WHY"}, rows)
}

type ordersUpdateCmd struct {
	orderID
	Param    []string `short:"p" help:"Give a parameter a value: JSON, or else a text. With no value after = it is taken away." placeholder:"NAME=VALUE" sep:"none"`
	Alert    []string `help:"Who hears of the order's runs, instead of those so far: an address or an https URL." placeholder:"TO"`
	Schedule *string  `help:"now, five fields of cron, or R[n]/start/period; an empty text is the variation's schedule." placeholder:"TEXT"`
	TimeZone string   `help:"Zone of --schedule." placeholder:"NAME"`
	Start    string   `help:"Nothing runs before; with --schedule." placeholder:"TIME"`
	Expires  string   `help:"Nothing runs from then on; with --schedule." placeholder:"TIME"`
	MaxRuns  int      `help:"At most so many runs; with --schedule." placeholder:"N"`
	Overlap  *string  `help:"allow, skip, hold or cancel; an empty text is what the variation says." placeholder:"WHAT"`
	CatchUp  *string  `help:"none, last or all; an empty text is what the variation says." placeholder:"WHICH"`
}

// Run is `galley orders update`. What is not given stays; runs go on, and the next one has what is new.
func (u ordersUpdateCmd) Run(ctx context.Context, p *program) error {
	if u.Schedule == nil && (u.TimeZone != "" || u.Start != "" || u.Expires != "" || u.MaxRuns != 0) {
		return errors.New("--time-zone, --start, --expires and --max-runs belong to --schedule, which is missing; a schedule is replaced whole")
	}
	c, err := p.client()
	if err != nil {
		return err
	}
	kitchen, o, err := findOrder(ctx, c, u.Order)
	if err != nil {
		return err
	}
	update := api.OrderUpdate{Schedule: u.Schedule, TimeZone: u.TimeZone, Start: u.Start, Expires: u.Expires, MaxRuns: u.MaxRuns,
		Overlap: u.Overlap, CatchUp: u.CatchUp, IfMatch: o.ETag}
	if update.Parameters, err = u.parameters(o); err != nil {
		return err
	}
	if err := c.UpdateOrder(ctx, kitchen, u.Order, update); err != nil {
		return err
	}
	p.say("Order %s is changed; its next run has what is new.", u.Order)
	return nil
}

// parameters are all parameters of the order, with those that are given; nil if none is.
func (u ordersUpdateCmd) parameters(o api.Order) (json.RawMessage, error) {
	if len(u.Param) == 0 && len(u.Alert) == 0 {
		return nil, nil
	}
	var settings struct {
		Parameters json.RawMessage `json:"parameters"`
	}
	if err := json.Unmarshal(o.InputSettings, &settings); err != nil {
		return nil, fmt.Errorf("order %s has settings that cannot be read: %w", o.HID, err)
	}
	all, ps := order.ParseParameters(settings.Parameters)
	if err := ps.Err(); err != nil {
		return nil, fmt.Errorf("order %s has parameters that cannot be read: %w", o.HID, err)
	}
	for _, text := range u.Param {
		name, value, err := parameter(text)
		if err != nil {
			return nil, err
		}
		if delete(all, name); value != nil {
			all[name] = value
		}
	}
	if len(u.Alert) > 0 {
		all[order.DestinationsVariable] = u.Alert
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if raw, err := json.Marshal(all[name]); err != nil || strings.Contains(string(raw), order.Mask) {
			return nil, fmt.Errorf("parameter %s has a value that this user is not shown, and that would be lost; give it with --param or --alert, or ask an editor", name)
		}
	}
	return json.Marshal(all)
}

// parameter reads NAME=VALUE; no value is nil.
func parameter(text string) (name string, value any, err error) {
	name, written, given := strings.Cut(text, "=")
	if !given || name == "" {
		return "", nil, fmt.Errorf("--param is %q; expected NAME=VALUE, such as source_date=2026-03-01", text)
	}
	if written == "" {
		return name, nil, nil
	}
	if value, err := recipe.Decode([]byte(written)); err == nil {
		return name, value, nil
	}
	return name, written, nil
}

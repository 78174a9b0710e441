package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

// The attributes of filters. Repeated parameters of the API are sets.

func textsFilter(doc string) schema.SetAttribute {
	return schema.SetAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: doc}
}

func numbersFilter(doc string) schema.SetAttribute {
	return schema.SetAttribute{Optional: true, ElementType: types.Int64Type, MarkdownDescription: doc}
}

func textFilter(doc string) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, MarkdownDescription: doc}
}

func flagFilter(doc string) schema.BoolAttribute {
	return schema.BoolAttribute{Optional: true, MarkdownDescription: doc}
}

func instantFilter(doc string) schema.StringAttribute {
	return textFilter(doc + ": an instant (RFC 3339, `2026-01-31T00:00:00Z`), or a duration before now " +
		"(ISO 8601, `PT3H`).")
}

// orderArgument is the order of a list; usual is the field it has without.
func orderArgument(usual string) schema.ListAttribute {
	return schema.ListAttribute{
		Optional: true, ElementType: types.StringType,
		MarkdownDescription: "Fields to sort by, such as `created` or, descending, `-created`. Default: `" + usual + "`.",
	}
}

// sourceFilters are the filters that files and recipes share.
func sourceFilters() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"source_started":      instantFilter("Of files whose collection started at this time or later"),
		"source_ended":        instantFilter("Of files whose collection ended at this time or earlier"),
		"source_sensor_class": textsFilter("Of files from one of these classes of sensors."),
		"source_sensor":       textsFilter("Of files from one of these sensors."),
		"source_collection":   textsFilter("Of files from one of these collections."),
		"source_task":         textsFilter("Of files from one of these tasks."),
	}
}

// filterValues are the arguments of a data source that lists. Those that are null or
// unknown are zero. Each is to be taken by its name; what is wrong is in diags.
type filterValues struct {
	values map[string]attr.Value
	now    time.Time // what durations are counted back from
	diags  diag.Diagnostics
	taken  map[string]bool
}

// filtersAt are filters with these values, by name, at that time.
func filtersAt(now time.Time, values map[string]attr.Value) *filterValues {
	return &filterValues{values: values, now: now, taken: map[string]bool{}}
}

// readFilters are those of a configuration.
func readFilters(ctx context.Context, config tfsdk.Config) *filterValues {
	f := filtersAt(time.Now(), map[string]attr.Value{})
	for name := range config.Schema.GetAttributes() {
		var v attr.Value
		f.diags.Append(config.GetAttribute(ctx, path.Root(name), &v)...)
		f.values[name] = v
	}
	return f
}

func (f *filterValues) take(name string) attr.Value {
	f.taken[name] = true
	return f.values[name]
}

func (f *filterValues) text(name string) string {
	v, _ := f.take(name).(types.String)
	return v.ValueString()
}

func (f *filterValues) number(name string) int64 {
	v, _ := f.take(name).(types.Int64)
	return v.ValueInt64()
}

func (f *filterValues) fraction(name string) float64 {
	v, _ := f.take(name).(types.Float64)
	return v.ValueFloat64()
}

func (f *filterValues) flag(name string) *bool {
	v, _ := f.take(name).(types.Bool)
	if v.IsUnknown() {
		return nil
	}
	return v.ValueBoolPointer()
}

func (f *filterValues) limit() int { return int(f.number("limit")) }

func (f *filterValues) texts(name string) []string {
	var out []string
	for _, e := range f.elements(name) {
		if v, ok := e.(types.String); ok {
			out = append(out, v.ValueString())
		}
	}
	return out
}

func (f *filterValues) numbers(name string) []int64 {
	var out []int64
	for _, e := range f.elements(name) {
		if v, ok := e.(types.Int64); ok {
			out = append(out, v.ValueInt64())
		}
	}
	return out
}

// elements are the values of a filter that are known. Null is refused: to leave it out
// could list everything where one thing was meant.
func (f *filterValues) elements(name string) []attr.Value {
	var known []attr.Value
	list, _ := f.take(name).(interface{ Elements() []attr.Value })
	if list == nil {
		return nil
	}
	for _, e := range list.Elements() {
		switch {
		case e.IsNull():
			f.diags.AddAttributeError(path.Root(name), "Invalid filter", fmt.Sprintf(
				"%s: found null among its values, expected only values to look for; leave it out, or the whole filter", name))
		case !e.IsUnknown():
			known = append(known, e)
		}
	}
	return known
}

// between is a range of time; a zero time is no limit.
func (f *filterValues) between(started, ended string) (from, to time.Time) {
	from, to = f.instant(started), f.instant(ended)
	if !from.IsZero() && !to.IsZero() && !from.Before(to) {
		f.diags.AddAttributeError(path.Root(ended), "Invalid range of time", fmt.Sprintf(
			"%s: found %s, expected a time after %s, which is %s",
			ended, to.UTC().Format(time.RFC3339Nano), started, from.UTC().Format(time.RFC3339Nano)))
	}
	return from, to
}

// instant is an instant, or a duration before now.
func (f *filterValues) instant(name string) time.Time {
	text := f.text(name)
	v, _ := f.values[name].(types.String)
	if v.IsNull() || v.IsUnknown() {
		return time.Time{}
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t
	}
	if len(text) > 0 && text[0] == 'P' {
		if d, err := parseDuration(text); err == nil {
			return f.now.Add(-d)
		}
	}
	f.diags.AddAttributeError(path.Root(name), "Invalid time", fmt.Sprintf(
		"%s: found %q, expected an instant such as 2026-01-31T00:00:00Z, or a duration before now such as PT3H", name, text))
	return time.Time{}
}

// source are the filters of sourceFilters.
func (f *filterValues) source() client.SourceQuery {
	started, ended := f.between("source_started", "source_ended")
	return client.SourceQuery{
		SourceStarted:     started,
		SourceEnded:       ended,
		SourceSensorClass: f.texts("source_sensor_class"),
		SourceSensor:      f.texts("source_sensor"),
		SourceCollection:  f.texts("source_collection"),
		SourceTask:        f.texts("source_task"),
	}
}

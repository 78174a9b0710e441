package kit

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
	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
)

// The attributes of filters. Repeated parameters of the API are sets.

// TextsFilter is a filter by some texts.
func TextsFilter(doc string) schema.SetAttribute {
	return schema.SetAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: doc}
}

// NumbersFilter is a filter by some numbers.
func NumbersFilter(doc string) schema.SetAttribute {
	return schema.SetAttribute{Optional: true, ElementType: types.Int64Type, MarkdownDescription: doc}
}

// TextFilter is a filter by one text.
func TextFilter(doc string) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, MarkdownDescription: doc}
}

// FlagFilter is a filter by a flag.
func FlagFilter(doc string) schema.BoolAttribute {
	return schema.BoolAttribute{Optional: true, MarkdownDescription: doc}
}

// InstantFilter is an end of a range of time.
func InstantFilter(doc string) schema.StringAttribute {
	return TextFilter(doc + ": an instant (RFC 3339, `2026-01-31T00:00:00Z`), or a duration before now " +
		"(ISO 8601, `PT3H`).")
}

// OrderArgument is the order of a list; usual is the field it has without.
func OrderArgument(usual string) schema.ListAttribute {
	return schema.ListAttribute{
		Optional: true, ElementType: types.StringType,
		MarkdownDescription: "Fields to sort by, such as `created` or, descending, `-created`. Default: `" + usual + "`.",
	}
}

// SourceFilters are the filters that files and recipes share.
func SourceFilters() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"source_started":      InstantFilter("Of files whose collection started at this time or later"),
		"source_ended":        InstantFilter("Of files whose collection ended at this time or earlier"),
		"source_sensor_class": TextsFilter("Of files from one of these classes of sensors."),
		"source_sensor":       TextsFilter("Of files from one of these sensors."),
		"source_collection":   TextsFilter("Of files from one of these collections."),
		"source_task":         TextsFilter("Of files from one of these tasks."),
	}
}

// Filters are the arguments of a data source that lists. Those that are null or
// unknown are zero. Each is to be taken by its name; what is wrong is in diags.
type Filters struct {
	Values map[string]attr.Value
	now    time.Time // what durations are counted back from
	Diags  diag.Diagnostics
	Taken  map[string]bool
}

// FiltersAt are filters with these values, by name, at that time.
func FiltersAt(now time.Time, values map[string]attr.Value) *Filters {
	return &Filters{Values: values, now: now, Taken: map[string]bool{}}
}

// ReadFilters are those of a configuration.
func ReadFilters(ctx context.Context, config tfsdk.Config) *Filters {
	f := FiltersAt(time.Now(), map[string]attr.Value{})
	for name := range config.Schema.GetAttributes() {
		var v attr.Value
		f.Diags.Append(config.GetAttribute(ctx, path.Root(name), &v)...)
		f.Values[name] = v
	}
	return f
}

func (f *Filters) take(name string) attr.Value {
	f.Taken[name] = true
	return f.Values[name]
}

// Text is a text, "" without one.
func (f *Filters) Text(name string) string {
	v, _ := f.take(name).(types.String)
	return v.ValueString()
}

// Number is a whole number, 0 without one.
func (f *Filters) Number(name string) int64 {
	v, _ := f.take(name).(types.Int64)
	return v.ValueInt64()
}

// Fraction is a number, 0 without one.
func (f *Filters) Fraction(name string) float64 {
	v, _ := f.take(name).(types.Float64)
	return v.ValueFloat64()
}

// Flag is nil without a value.
func (f *Filters) Flag(name string) *bool {
	v, _ := f.take(name).(types.Bool)
	if v.IsUnknown() {
		return nil
	}
	return v.ValueBoolPointer()
}

// Limit is the argument limit, 0 without one.
func (f *Filters) Limit() int { return int(f.Number("limit")) }

// Texts are the texts of a filter that are known.
func (f *Filters) Texts(name string) []string {
	var out []string
	for _, e := range f.Elements(name) {
		if v, ok := e.(types.String); ok {
			out = append(out, v.ValueString())
		}
	}
	return out
}

// Numbers are the numbers of a filter that are known.
func (f *Filters) Numbers(name string) []int64 {
	var out []int64
	for _, e := range f.Elements(name) {
		if v, ok := e.(types.Int64); ok {
			out = append(out, v.ValueInt64())
		}
	}
	return out
}

// Elements are the values of a filter that are known. Null is refused: to leave it out
// could list everything where one thing was meant.
func (f *Filters) Elements(name string) []attr.Value {
	var known []attr.Value
	list, _ := f.take(name).(interface{ Elements() []attr.Value })
	if list == nil {
		return nil
	}
	for _, e := range list.Elements() {
		switch {
		case e.IsNull():
			f.Diags.AddAttributeError(path.Root(name), "Invalid filter", fmt.Sprintf(
				"%s: found null among its values, expected only values to look for; leave it out, or the whole filter", name))
		case !e.IsUnknown():
			known = append(known, e)
		}
	}
	return known
}

// Document is a document of that shape as far as it is known and right; nil without one.
func (f *Filters) Document(name string, s document.Shape) any {
	given := value.Tree(f.take(name))
	if given == nil {
		return nil
	}
	read, _ := s.Read(given)
	return read
}

// Between is a range of time; a zero time is no limit.
func (f *Filters) Between(started, ended string) (from, to time.Time) {
	from, to = f.instant(started), f.instant(ended)
	if !from.IsZero() && !to.IsZero() && !from.Before(to) {
		f.Diags.AddAttributeError(path.Root(ended), "Invalid range of time", fmt.Sprintf(
			"%s: found %s, expected a time after %s, which is %s",
			ended, to.UTC().Format(time.RFC3339Nano), started, from.UTC().Format(time.RFC3339Nano)))
	}
	return from, to
}

// instant is an instant, or a duration before now.
func (f *Filters) instant(name string) time.Time {
	text := f.Text(name)
	v, _ := f.Values[name].(types.String)
	if v.IsNull() || v.IsUnknown() {
		return time.Time{}
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t
	}
	if len(text) > 0 && text[0] == 'P' {
		if d, err := schedule.ParseDuration(text); err == nil {
			return f.now.Add(-d)
		}
	}
	f.Diags.AddAttributeError(path.Root(name), "Invalid time", fmt.Sprintf(
		"%s: found %q, expected an instant such as 2026-01-31T00:00:00Z, or a duration before now such as PT3H", name, text))
	return time.Time{}
}

// Source are the filters of SourceFilters.
func (f *Filters) Source() client.SourceQuery {
	started, ended := f.Between("source_started", "source_ended")
	return client.SourceQuery{
		SourceStarted:     started,
		SourceEnded:       ended,
		SourceSensorClass: f.Texts("source_sensor_class"),
		SourceSensor:      f.Texts("source_sensor"),
		SourceCollection:  f.Texts("source_collection"),
		SourceTask:        f.Texts("source_task"),
	}
}

package order

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
)

// plannedOrder is an order as a plan has it, with every argument.
func plannedOrder() orderModel {
	return orderModel{
		Kitchen: types.StringValue("k"), Recipe: types.StringValue("r"), Variation: types.StringValue("v"),
		Parameters:        value.DynamicOf(map[string]any{"a": json.Number("1")}),
		Schedule:          value.DynamicOf(order.ScheduleSetting{Schedule: "30 4 * * *", Options: schedule.Options{Zone: "Europe/Paris", MaxRuns: 3}}.Object()),
		Infrastructure:    value.DynamicOf(map[string]any{"bucket": "b"}),
		SourceDate:        types.StringValue("2026-03-01"),
		AlertDestinations: textSet([]string{"b@example.com", "a@example.com"}),
		Paused:            types.BoolValue(false), WaitForCompletion: types.BoolValue(true),
		OnFailure: types.StringValue(kit.OnFailureError), OnDestroy: types.StringValue(onDestroyStop), OnMissing: types.StringValue(kit.OnMissingKeep),
		EffectiveSchedule: types.StringValue("30 4 * * *"), Status: types.StringValue(string(order.Active)), ID: types.StringValue("o"),
	}
}

func TestOrderAsARequest(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		edit func(*orderModel)
		want string
	}{
		"everything": {
			func(*orderModel) {},
			`{"parameters": {"a": 1, "infrastructure": {"bucket": "b"}, "source_date": "2026-03-01",
			  "alert_destinations": ["a@example.com", "b@example.com"]},
			  "schedule": "30 4 * * *", "scheduleTimeZone": "Europe/Paris", "max-runs": 3}`,
		},
		"the variation's schedule": {
			func(m *orderModel) {
				m.Schedule, m.SourceDate = types.DynamicNull(), types.StringNull()
				m.Infrastructure, m.AlertDestinations = types.DynamicNull(), types.SetNull(types.StringType)
			},
			`{"parameters": {"a": 1}}`,
		},
		"now in UTC": {
			func(m *orderModel) {
				m.Schedule = value.DynamicOf(order.ScheduleSetting{Schedule: "now", Options: schedule.Options{Start: "2030-01-01T00:00:00"}}.Object())
				m.Infrastructure, m.AlertDestinations = types.DynamicNull(), types.SetValueMust(types.StringType, nil)
				m.Parameters, m.SourceDate = value.DynamicOf(map[string]any{"n": nil}), types.StringNull()
			},
			`{"parameters": {"n": null, "alert_destinations": []}, "schedule": "now", "start": "2030-01-01T00:00:00"}`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := plannedOrder()
			tt.edit(&m)
			body, err := m.toCreate()
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(body)
			if err != nil || !form.SameJSON(got, []byte(tt.want)) {
				t.Errorf("request = %s, %v; want %s", got, err, tt.want)
			}
		})
	}
}

func TestOrderOfTheServer(t *testing.T) {
	t.Parallel()
	recipe, ms := int64(7), int64(1_000)
	o := api.Order{
		HID: "o", Recipe: "r", Variation: "v", Status: "PAUSED_ORDER", Schedule: "30 4 * * *", RunCount: 2, NextRun: &ms,
		EffectiveParameters: []byte(`{"a": 1, "CurrentKitchen": "k"}`),
		InputSettings: []byte(`{"parameters": {"a": 1, "infrastructure": "x", "source_date": "d", "alert_destinations": ["b@c.de"]},
		  "schedule": "30 4 * * *", "scheduleTimeZone": "UTC", "login": "admin"}`),
	}
	run := &api.OrderRun{HID: "n", Status: "ACTIVE_SERVING", RecipeID: &recipe, Timings: api.Timings{Start: 2_000}}
	var m orderModel
	providertest.MustBeClean(t, m.fromAPI(o, run))
	got := map[string]attr.Value{
		"parameters": m.Parameters, "infrastructure": m.Infrastructure, "source_date": m.SourceDate, "alert_destinations": m.AlertDestinations,
		"schedule": m.Schedule, "paused": m.Paused, "effective_parameters": m.EffectiveParameters, "next_run": m.NextRun,
		"on_failure": m.OnFailure, "wait": m.WaitForCompletion, "started": m.LastRun.Attributes()["started"], "ended": m.LastRun.Attributes()["ended"],
	}
	want := map[string]attr.Value{
		"parameters": value.DynamicOf(map[string]any{"a": json.Number("1")}), "infrastructure": value.DynamicOf("x"), "source_date": types.StringValue("d"),
		"alert_destinations": textSet([]string{"b@c.de"}), "schedule": value.DynamicOf(order.ScheduleSetting{Schedule: "30 4 * * *"}.Object()),
		"paused": types.BoolValue(true), "effective_parameters": value.DynamicOf(map[string]any{"a": json.Number("1")}),
		"next_run": types.StringValue("1970-01-01T00:00:01Z"), "on_failure": types.StringValue("error"), "wait": types.BoolValue(true),
		"started": types.StringValue("1970-01-01T00:00:02Z"), "ended": types.StringNull(),
	}
	for name := range want {
		if !got[name].Equal(want[name]) {
			t.Errorf("%s = %s, want %s", name, got[name], want[name])
		}
	}
}

func TestParametersOfOtherKindsStayParameters(t *testing.T) {
	t.Parallel()
	var m orderModel
	providertest.MustBeClean(t, m.fromRequest(api.Order{InputSettings: []byte(
		`{"parameters": {"infrastructure": null, "source_date": 20260301, "alert_destinations": ["a@b.de", "a@b.de"]}}`)}))
	want := value.DynamicOf(map[string]any{
		"infrastructure": nil, "source_date": json.Number("20260301"), "alert_destinations": []any{"a@b.de", "a@b.de"},
	})
	if !value.SameValues(m.Parameters, want) || !m.SourceDate.IsNull() || !m.AlertDestinations.IsNull() || !m.Infrastructure.IsNull() {
		t.Errorf("parameters = %s, want all of them", m.Parameters)
	}
	if !m.Schedule.IsNull() {
		t.Errorf("schedule = %s, want none: the variation's counts", m.Schedule)
	}
}

func TestWhatAnUpdateOfAnOrderDoes(t *testing.T) {
	t.Parallel()
	once := func(m *orderModel) {
		m.Schedule, m.EffectiveSchedule = types.DynamicNull(), types.StringValue("now")
	}
	both := func(m *orderModel) { once(m); m.WaitForCompletion = types.BoolValue(true) }
	has := func(status order.Status, run order.RunStatus) func(*orderModel) {
		return func(m *orderModel) {
			once(m)
			m.Status, m.LastRun = types.StringValue(string(status)), lastRunObject(&api.OrderRun{HID: "r", Status: string(run)})
		}
	}
	tests := map[string]struct {
		before, after func(*orderModel)
		mark          kit.Mark
		want          orderChange
	}{
		"nothing": {},
		"another spelling": {after: func(m *orderModel) {
			m.Parameters = value.DynamicOf(map[string]any{"a": json.Number("1.0"), "source_date": "2026-03-01"})
			m.SourceDate = types.StringNull()
		}},
		"another recipe": {
			after: func(m *orderModel) { m.Recipe, m.Kitchen = types.StringValue("x"), types.StringUnknown() },
			want:  orderChange{replace: []string{"kitchen", "recipe"}},
		},
		"other parameters": {
			after: func(m *orderModel) {
				m.Parameters, m.Infrastructure = value.DynamicOf(map[string]any{"a": json.Number("2")}), types.DynamicNull()
				m.AlertDestinations, m.SourceDate = textSet(nil), types.StringUnknown()
			},
			want: orderChange{edit: []string{"parameters", "infrastructure", "source_date", "alert_destinations"}},
		},
		"another schedule": {
			after: func(m *orderModel) {
				m.Schedule = value.DynamicOf(order.ScheduleSetting{Schedule: "0 5 * * *"}.Object())
			},
			want: orderChange{edit: []string{"schedule"}},
		},
		"the variation's schedule": {
			after: func(m *orderModel) { m.Schedule = types.DynamicNull() }, want: orderChange{edit: []string{"schedule"}},
		},
		"an order that runs once instead": {
			after: func(m *orderModel) { m.Schedule = value.DynamicOf(order.ScheduleSetting{}.Object()) },
			want:  orderChange{replace: []string{"schedule"}},
		},
		"another overlap": {
			after: func(m *orderModel) { m.Overlap = types.StringValue("skip") }, want: orderChange{edit: []string{"overlap"}},
		},
		"secrets by another version": {
			after: func(m *orderModel) { m.ParametersWOVersion = types.Int64Value(2) }, want: orderChange{edit: []string{"parameters_wo_version"}},
		},
		"a parameter that becomes a secret": {
			after: func(m *orderModel) {
				m.Parameters, m.SecretParameters = value.DynamicOf(map[string]any{}), value.DynamicOf(map[string]any{"a": json.Number("1")})
			},
			want: orderChange{edit: []string{"parameters", "secret_parameters"}},
		},
		"of one that has run, a parameter": {
			before: func(m *orderModel) { has(order.Completed, order.RunCompleted)(m) }, after: func(m *orderModel) { once(m); m.SourceDate = types.StringValue("x") },
			want: orderChange{edit: []string{"source_date"}, again: true},
		},
		"of one that has run, who hears of it": {
			before: func(m *orderModel) { has(order.Completed, order.RunCompleted)(m) }, after: func(m *orderModel) { once(m); m.AlertDestinations = textSet(nil) },
			want: orderChange{edit: []string{"alert_destinations"}},
		},
		"of one that has run, when": {
			before: has(order.Completed, order.RunCompleted),
			after: func(m *orderModel) {
				m.Schedule = value.DynamicOf(order.ScheduleSetting{Options: schedule.Options{Start: "2030-03-01T00:00:00Z"}}.Object())
			},
			want: orderChange{replace: []string{"schedule"}},
		},
		"of one that was stopped, a parameter": {
			before: has(order.Stopped, order.RunStopped), after: func(m *orderModel) { once(m); m.SourceDate = types.StringValue("x") },
			want: orderChange{replace: []string{"source_date"}},
		},
		"of one that runs, a parameter": {
			before: has(order.Active, order.RunActive), after: func(m *orderModel) { both(m); m.SourceDate = types.StringValue("x") },
			want: orderChange{edit: []string{"source_date"}, again: true},
		},
		"of one that runs and nobody waits for, a parameter": {
			before: has(order.Active, order.RunActive), after: func(m *orderModel) {
				once(m)
				m.WaitForCompletion, m.SourceDate = types.BoolValue(false), types.StringValue("x")
			},
			want: orderChange{replace: []string{"source_date"}},
		},
		"of one that will run, a parameter": {
			before: has(order.Active, order.RunPlanned), after: func(m *orderModel) { once(m); m.SourceDate = types.StringValue("x") },
			want: orderChange{edit: []string{"source_date"}},
		},
		"stopped elsewhere": {
			before: func(m *orderModel) { m.Status = types.StringValue(string(order.Stopped)) },
			want:   orderChange{replace: []string{"status"}, stopped: true},
		},
		"a run that was stopped": {before: func(m *orderModel) { once(m); m.Status = types.StringValue(string(order.Stopped)) }, after: once},
		"completed":              {before: func(m *orderModel) { m.Status = types.StringValue(string(order.Completed)) }},
		"paused":                 {after: func(m *orderModel) { m.Paused = types.BoolValue(true) }, want: orderChange{pause: true}},
		"paused after its end": {
			before: func(m *orderModel) { once(m); m.Status = types.StringValue(string(order.Completed)) },
			after:  func(m *orderModel) { once(m); m.Paused = types.BoolValue(true) },
		},
		"waited for from now on": {
			before: func(m *orderModel) { once(m); m.WaitForCompletion = types.BoolValue(false) }, after: both, want: orderChange{wait: true},
		},
		"an unfinished wait":            {before: once, after: once, mark: kit.Mark{UnfinishedOrder: true}, want: orderChange{wait: true}},
		"an unfinished wait, paused":    {before: once, after: func(m *orderModel) { once(m); m.Paused = types.BoolValue(true) }, mark: kit.Mark{UnfinishedOrder: true}, want: orderChange{pause: true}},
		"an unfinished wait that ended": {before: func(m *orderModel) { once(m); m.Status = types.StringValue(string(order.Completed)) }, after: once, mark: kit.Mark{UnfinishedOrder: true}},
		"an unfinished wait that failed": {
			before: func(m *orderModel) { once(m); m.Status = types.StringValue(string(order.Failed)) }, after: once,
			mark: kit.Mark{UnfinishedOrder: true}, want: orderChange{wait: true},
		},
		"a wait for a schedule": {mark: kit.Mark{UnfinishedOrder: true}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			prior, plan := plannedOrder(), plannedOrder()
			for _, edit := range []struct {
				do func(*orderModel)
				on *orderModel
			}{{tt.before, &prior}, {tt.after, &plan}} {
				if edit.do != nil {
					edit.do(edit.on)
				}
			}
			got := plan.planUpdate(prior, tt.mark, nil)
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(orderChange{})); diff != "" {
				t.Errorf("change (-want +got):\n%s", diff)
			}
			if unknown := plan.Status.IsUnknown(); unknown != (len(got.replace) > 0 || got.pause || got.wait || got.again) {
				t.Errorf("the status is unknown: %t, with the change %+v", unknown, got)
			}
		})
	}
}

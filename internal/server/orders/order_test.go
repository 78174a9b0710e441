package orders

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// A clock shows what a test says.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

var (
	chef   = Actor{Name: "chef"}
	monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
)

// restaurant is a kitchen "main" with a child "dev" and recipes of two jobs, the first of
// which takes the integer LIMIT. The second of "meal" completes at once, that of "burnt"
// fails, and that of "stew" takes an hour, unless a setting says otherwise.
type restaurant struct {
	*enginetest.Kitchen
	*Desk // only for the use cases: it looks at no clock
	clock *clock
}

// newEmptyRestaurant has no kitchens and no recipes, and the real time.
func newEmptyRestaurant(t testing.TB, s *store.Store) *restaurant {
	t.Helper()
	r := &restaurant{Kitchen: enginetest.New(t, s)}
	r.take(t, r.Config(0))
	return r
}

// take puts a desk with that engine into the restaurant.
func (r *restaurant) take(t testing.TB, cfg engine.Config) {
	t.Helper()
	d, err := New(Config{Engine: cfg})
	if err != nil {
		t.Fatal(err)
	}
	r.Desk, r.Kitchen.Engine, r.Catalog = d, d.engine, d.catalog
}

// open runs a desk until the test ends.
func (r *restaurant) open(t testing.TB, cfg Config) *Desk {
	t.Helper()
	d, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	enginetest.Start(t, d.engine)
	return d
}

const mealVariations = `{
	"variation-list": {
		"plain": {},
		"prod": {"override-setting": ["base", "prod"]},
		"hourly": {"schedule-setting": "hourly", "max-duration": "PT10M"}
	},
	"override-setting-list": {"base": {"schema": "base"}, "prod": {"schema": "prod"}},
	"schedule-setting-list": {"hourly": {"schedule": "0 * * * *", "scheduleTimeZone": "Europe/Paris", "max-runs": 3}}
}`

func newRestaurant(t testing.TB, s *store.Store) *restaurant {
	t.Helper()
	k := enginetest.New(t, s)
	r := &restaurant{Kitchen: k, clock: &clock{now: monday}}
	cfg := k.Config(0)
	cfg.Now = r.clock.Now
	r.take(t, cfg)
	offers := []string{"schema", "!TOKEN", executor.SimulateExitCode, executor.SimulateDuration, executor.SimulateErrors}
	k.JobType(t, enginetest.JobSpec{Name: "chop", JSONIn: []string{"LIMIT"}, JSONOut: []string{"n"}, Settings: enginetest.Simulated(0, "N", "7")})
	k.JobType(t, enginetest.JobSpec{Name: "boil", JSONIn: []string{"n"}, Offers: offers})
	k.JobType(t, enginetest.JobSpec{Name: "scorch", JSONIn: []string{"n"}, Offers: offers, Settings: map[string]string{executor.SimulateExitCode: "3"}})
	k.JobType(t, enginetest.JobSpec{Name: "simmer", JSONIn: []string{"n"}, Offers: offers, Settings: enginetest.Simulated(time.Hour), Timeout: 7200})
	for title, second := range map[string]string{"Meal": "boil", "Burnt": "scorch", "Stew": "simmer"} {
		k.RecipeType(t, title, enginetest.Definition(`{"json":[{"name":"LIMIT","type":"integer"}]}`, map[string]string{
			"chop": enginetest.JobNode("chop", nil, enginetest.Deps{"LIMIT": "recipe:LIMIT"}),
			"boil": enginetest.JobNode(second, enginetest.Deps{"chop": "true"}, enginetest.Deps{"n": "chop:n"}),
		}))
	}
	for _, spec := range []KitchenSpec{{Name: "main", By: chef}, {Name: "dev", Parent: "main", By: chef}} {
		if _, err := r.CreateKitchen(t.Context(), spec); err != nil {
			t.Fatal(err)
		}
	}
	r.cookbook(t, "main", "burnt", "burnt", `{"variable-list":{"LIMIT":1}}`)
	r.cookbook(t, "main", "stew", "stew", `{"variable-list":{"LIMIT":1}}`)
	r.cookbook(t, "main", "meal", "meal", `{"variable-list":{"LIMIT":"5","schema":"recipe","TOKEN":"s3cret","url":"db/{{schema}}?t={{TOKEN}}"}}`)
	return r
}

// cookbook creates a recipe in a kitchen.
func (r *restaurant) cookbook(t testing.TB, kitchen, name, recipeType, variables string) {
	t.Helper()
	files := map[string]*string{
		order.DescriptionFile: new(fmt.Sprintf(`{"recipe-type":%q}`, recipeType)),
		order.VariationsFile:  new(mealVariations), order.VariablesFile: &variables,
	}
	if _, err := r.EditKitchenRecipe(t.Context(), KitchenRecipeEdit{Kitchen: kitchen, Recipe: name, Files: files, Create: true, By: chef}); err != nil {
		t.Fatal(err)
	}
}

func (r *restaurant) override(t testing.TB, kitchen, overrides string) {
	t.Helper()
	if _, err := r.EditKitchen(t.Context(), kitchen, KitchenEdit{Overrides: json.RawMessage(overrides), By: chef}); err != nil {
		t.Fatal(err)
	}
}

func (r *restaurant) order(t testing.TB, spec OrderSpec) store.RecipeOrder {
	t.Helper()
	o, err := r.tryOrder(t, spec)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (r *restaurant) tryOrder(t testing.TB, spec OrderSpec) (store.RecipeOrder, error) {
	t.Helper()
	if spec.Kitchen == "" {
		spec.Kitchen = "dev"
	}
	if spec.Recipe == "" {
		spec.Recipe = "meal"
	}
	if spec.Variation == "" {
		spec.Variation = "plain"
	}
	spec.By = chef
	return r.CreateOrder(t.Context(), spec)
}

// serve runs a desk that looks at the clock every few milliseconds.
func (r *restaurant) serve(t testing.TB, workers int) *Desk {
	t.Helper()
	cfg := Config{Engine: r.Config(workers), LookEvery: 5 * time.Millisecond}
	cfg.Engine.Now = r.clock.Now
	return r.open(t, cfg)
}

// runs are those of an order, the first one first.
func (r *restaurant) runs(t testing.TB, o store.RecipeOrder) []store.OrderRun {
	t.Helper()
	rows, _, err := r.Store.OrderRuns(t.Context(), store.OrderRunFilter{
		OrderIDs: []int64{o.ID}, Paging: store.Paging{Order: []store.Order{{Field: "id"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// times are when the runs of an order were due.
func (r *restaurant) times(t testing.TB, o store.RecipeOrder) []string {
	t.Helper()
	var out []string
	for _, run := range r.runs(t, o) {
		out = append(out, run.ScheduledFor.Format("15:04:05"))
	}
	return out
}

// awaitOrder waits for the statuses of an order and of its latest run.
func (r *restaurant) awaitOrder(t testing.TB, o store.RecipeOrder, status order.Status, run order.RunStatus) (store.RecipeOrder, store.OrderRun) {
	t.Helper()
	var got store.RecipeOrder
	var runs []store.OrderRun
	enginetest.Await(t, func() bool {
		var err error
		if got, err = r.Store.RecipeOrder(t.Context(), o.ID); err != nil {
			t.Fatal(err)
		}
		runs = r.runs(t, o)
		return got.Status == string(status) && len(runs) > 0 && runs[len(runs)-1].Status == string(run)
	}, func() string { return fmt.Sprintf("order %+v\nruns %+v\nwant %s, %s", got, runs, status, run) })
	return got, runs[len(runs)-1]
}

// awaitSettled waits until the desks have looked at what is due by the clock.
func (r *restaurant) awaitSettled(t testing.TB, o store.RecipeOrder) {
	t.Helper()
	enginetest.Await(t, func() bool {
		got, err := r.Store.RecipeOrder(t.Context(), o.ID)
		if err != nil {
			t.Fatal(err)
		}
		return got.NextFire == nil || got.NextFire.After(r.clock.Now())
	}, func() string { return "an order is due at " + r.clock.Now().String() })
}

// pass lets time pass in steps that are no gap to the desks that watch.
func (r *restaurant) pass(t testing.TB, o store.RecipeOrder, until time.Time, desks ...*Desk) {
	t.Helper()
	for now := r.clock.Now(); now.Before(until); {
		if now = now.Add(maxGap); now.After(until) {
			now = until
		}
		r.clock.set(now)
		// Every desk looks once more: it takes the second wake-up after the look that it may
		// be at, and the third after one that has begun since.
		for _, d := range desks {
			for range 3 {
				select {
				case d.ordered <- struct{}{}:
				case <-time.After(enginetest.Patience):
					t.Fatal("a desk does not look")
				}
			}
		}
		r.awaitSettled(t, o)
	}
}

func eachEmptyRestaurant(t *testing.T, f func(t *testing.T, r *restaurant)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, s *store.Store) { f(t, newEmptyRestaurant(t, s)) })
}

func eachRestaurant(t *testing.T, f func(t *testing.T, r *restaurant)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, s *store.Store) { f(t, newRestaurant(t, s)) })
}

func refusedAs(t testing.TB, what string, err error, code refusal.Code, text string) {
	t.Helper()
	if refusal.CodeOf(err) != code || err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("%s: got %v (%s), want %s with %q", what, err, refusal.CodeOf(err), code, text)
	}
}

func TestRunOnceOrderFollowsItsRun(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		parameters string
		order      order.Status
		run        order.RunStatus
	}{
		"completes":        {`{}`, order.Completed, order.RunCompleted},
		"fails":            {fmt.Sprintf(`{%q:"3"}`, executor.SimulateExitCode), order.Failed, order.RunFailed},
		"succeeds at last": {fmt.Sprintf(`{%q:1}`, executor.SimulateErrors), order.Completed, order.RunCompleted},
	}
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		r.serve(t, 2)
		orders := map[string]store.RecipeOrder{}
		for name, tt := range tests {
			orders[name] = r.order(t, OrderSpec{Parameters: json.RawMessage(tt.parameters)})
			if runs := r.runs(t, orders[name]); len(runs) != 1 || runs[0].RecipeID == nil || orders[name].RunCount != 1 {
				t.Errorf("%s: a new order has the runs %+v", name, runs)
			}
		}
		for name, tt := range tests {
			o, run := r.awaitOrder(t, orders[name], tt.order, tt.run)
			if o.Ended == nil || run.Ended == nil || run.Started == nil || run.Error != "" {
				t.Errorf("%s: order %+v, run %+v", name, o, run)
			}
			if _, err := r.StopOrder(t.Context(), o.HID, chef); refusal.CodeOf(err) != refusal.Conflict {
				t.Errorf("%s: stopping an order that has ended: %v", name, err)
			}
			if _, err := r.StopRun(t.Context(), run.HID, chef); refusal.CodeOf(err) != refusal.Conflict {
				t.Errorf("%s: stopping a run that has ended: %v", name, err)
			}
			if _, err := r.PauseOrder(t.Context(), o.HID, chef); refusal.CodeOf(err) != refusal.Conflict {
				t.Errorf("%s: pausing it: %v", name, err)
			}
		}
	})
}

func TestRunsOfConditionsAndSubRecipes(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		over := func(n int) string {
			return fmt.Sprintf(`{"node_type":"condition","interface":{"version":"7","files":[],"json":[{"name":"n","type":"integer","required":true}]},"data_filter":{"filters":[{"name":"n","type":"integer","condition":">","values":[%d]}]}}`, n)
		}
		for name, limit := range map[string]int{"accepted": 1, "rejected": 99} {
			r.RecipeType(t, "Decide "+name, enginetest.Definition(`{"json":[{"name":"LIMIT","type":"integer"}]}`, map[string]string{
				"chop":   enginetest.JobNode("chop", nil, enginetest.Deps{"LIMIT": "recipe:LIMIT"}),
				"decide": enginetest.Node(over(limit), enginetest.Deps{"chop": "true"}, enginetest.Deps{"n": "chop:n"}),
				"boil":   enginetest.JobNode("scorch", enginetest.Deps{"decide": "true"}, enginetest.Deps{"n": "chop:n"}),
			}))
		}
		r.RecipeType(t, "Menu", enginetest.Definition(`{"json":[{"name":"LIMIT","type":"integer"}]}`, map[string]string{
			"first": enginetest.SubNode("meal", nil, enginetest.Deps{"LIMIT": "recipe:LIMIT"}),
		}))
		r.serve(t, 2)
		fails := fmt.Sprintf(`{"variable-list":{"LIMIT":1,%q:"1"}}`, executor.SimulateExitCode)
		for name, tt := range map[string]struct {
			recipeType, variables string
			order                 order.Status
			run                   order.RunStatus
		}{
			"accepted, and the node fails":    {"decide-accepted", `{"variable-list":{"LIMIT":1}}`, order.Failed, order.RunFailed},
			"rejected, the node is left out":  {"decide-rejected", `{"variable-list":{"LIMIT":1}}`, order.Completed, order.RunCompleted},
			"a sub-recipe completes":          {"menu", `{"variable-list":{"LIMIT":1}}`, order.Completed, order.RunCompleted},
			"a setting reaches a sub-recipe":  {"menu", fails, order.Failed, order.RunFailed},
			"accepted, and the node does not": {"decide-accepted", fmt.Sprintf(`{"variable-list":{"LIMIT":1,%q:0}}`, executor.SimulateExitCode), order.Completed, order.RunCompleted},
		} {
			r.cookbook(t, "main", name, tt.recipeType, tt.variables)
			r.awaitOrder(t, r.order(t, OrderSpec{Recipe: name}), tt.order, tt.run)
		}
	})
}

func TestPrecedenceOfVariables(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		seen := func(spec OrderSpec) (string, string) {
			t.Helper()
			o := r.order(t, spec)
			run := r.runs(t, o)[0]
			vs, ps := order.ParseParameters(nil)
			if err := errors.Join(ps.Err(), json.Unmarshal(run.Variables, &vs)); err != nil {
				t.Fatal(err)
			}
			rec, err := r.Store.Recipe(t.Context(), *run.RecipeID)
			if err != nil {
				t.Fatal(err)
			}
			c, err := r.OpenConfiguration(rec.Configuration)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(run.Variables), "s3cret") || c.Settings["TOKEN"] != "s3cret" {
				t.Errorf("the secret: variables %s, settings %v", run.Variables, c.Settings)
			}
			if vs[order.CurrentKitchen] != "dev" || vs[order.CurrentOrderID] != o.HID || vs[order.CurrentOrderRunID] != run.HID ||
				vs[order.RecipeName] != "meal" || vs[order.CurrentVariation] != o.Variation {
				t.Errorf("the system's variables: %v", vs)
			}
			var in struct{ JSON map[string]int }
			if err := json.Unmarshal(rec.Input, &in); err != nil || in.JSON["LIMIT"] != 5 {
				t.Errorf("the input is %s, %v", rec.Input, err)
			}
			return c.Settings["schema"], fmt.Sprint(vs["url"])
		}
		check := func(what string, spec OrderSpec, want string) {
			t.Helper()
			schema, url := seen(spec)
			if schema != want || url != "db/"+want+"?t=**********" {
				t.Errorf("%s: schema %q, url %q; want %q", what, schema, url, want)
			}
		}
		check("the recipe", OrderSpec{}, "recipe")
		check("the variation's last set", OrderSpec{Variation: "prod"}, "prod")
		r.override(t, "main", `{"schema":"main"}`)
		check("a kitchen above", OrderSpec{Variation: "prod"}, "main")
		r.override(t, "dev", `{"schema":"dev"}`)
		check("the kitchen itself", OrderSpec{Variation: "prod"}, "dev")
		check("the order", OrderSpec{Variation: "prod", Parameters: json.RawMessage(`{"schema":"order"}`)}, "order")
	})
}

func TestOrdersThatDoNotFitAreRefused(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		r.cookbook(t, "main", "nothing", "", `{}`)
		r.cookbook(t, "main", "unknown", "no-such-type", `{}`)
		r.cookbook(t, "main", "hole", "meal", `{"variable-list":{"LIMIT":1,"a":"{{b}}"}}`)
		raw := func(s string) json.RawMessage { return json.RawMessage(s) }
		for name, tt := range map[string]struct {
			spec OrderSpec
			code refusal.Code
			text string
		}{
			"an unknown kitchen":           {OrderSpec{Kitchen: "x"}, refusal.NotFound, `kitchen "x"`},
			"an unknown recipe":            {OrderSpec{Recipe: "x"}, refusal.Invalid, `Kitchen "dev" has no recipe "x"`},
			"an unknown variation":         {OrderSpec{Variation: "plains"}, refusal.Invalid, `no variation "plains"; did you mean 'plain'?`},
			"a recipe without a type":      {OrderSpec{Recipe: "nothing"}, refusal.Invalid, "names no recipe type"},
			"a recipe of an unknown type":  {OrderSpec{Recipe: "unknown"}, refusal.Invalid, `"no-such-type", which does not exist`},
			"an unknown reference":         {OrderSpec{Recipe: "hole"}, refusal.Invalid, "there is no variable 'b'"},
			"parameters that are a list":   {OrderSpec{Parameters: raw(`[]`)}, refusal.Invalid, "JSON object"},
			"a parameter of the system":    {OrderSpec{Parameters: raw(`{"RecipeName":"x"}`)}, refusal.Invalid, "is the system's"},
			"an input of another type":     {OrderSpec{Parameters: raw(`{"LIMIT":"many"}`)}, refusal.InvalidInput, "'LIMIT' is the string"},
			"an input that is taken away":  {OrderSpec{Parameters: raw(`{"LIMIT":null}`)}, refusal.InvalidInput, "'LIMIT' is missing"},
			"a schedule that is none":      {OrderSpec{Schedule: "daily"}, refusal.Invalid, "schedule: "},
			"an unknown zone":              {OrderSpec{Schedule: "0 * * * *", TimeZone: "Mars/Base"}, refusal.Invalid, "scheduleTimeZone: "},
			"an expiry that has passed":    {OrderSpec{Schedule: "now", Expires: "2026-03-01T00:00:00Z"}, refusal.Invalid, "has passed already"},
			"a schedule that has passed":   {OrderSpec{Schedule: "R2/2026-01-01T00:00:00Z/PT1H"}, refusal.Invalid, "has been due already"},
			"a negative number of runs":    {OrderSpec{Schedule: "0 * * * *", MaxRuns: -1}, refusal.Invalid, "max-runs: "},
			"an empty graph":               {OrderSpec{GraphSetting: raw(`[]`)}, refusal.Invalid, "expected a list of edges"},
			"a graph with a condition":     {OrderSpec{GraphSetting: raw(`[["chop","boil",{"condition":"x"}]]`)}, refusal.Invalid, `the edge from "chop" to "boil" also has {"condition":"x"}`},
			"a graph with another node":    {OrderSpec{GraphSetting: raw(`[["chop","boils"]]`)}, refusal.Invalid, "no node \"boils\"; did you mean 'boil'?"},
			"a graph that is none":         {OrderSpec{GraphSetting: raw(`{"a":1}`)}, refusal.Invalid, "expected a list of edges"},
			"input settings that are none": {OrderSpec{InputSettings: raw(`[]`)}, refusal.Invalid, "JSON object"},
		} {
			_, err := r.tryOrder(t, tt.spec)
			refusedAs(t, name, err, tt.code, tt.text)
		}
		if _, n, err := r.Store.RecipeOrders(t.Context(), store.RecipeOrderFilter{}); n != 0 || err != nil {
			t.Errorf("%d orders are stored, %v", n, err)
		}
		o := r.order(t, OrderSpec{
			Parameters: raw(`{"TOKEN":"geheim","a":1}`), InputSettings: raw(`{"parameters":{"TOKEN":"geheim","a":1},"login":"chef"}`),
		})
		var got map[string]any
		if err := json.Unmarshal(o.InputSettings, &got); err != nil {
			t.Fatal(err)
		}
		want := map[string]any{"login": "chef", "parameters": map[string]any{"TOKEN": "**********", "a": 1.0}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("input settings (-want +got):\n%s", diff)
		}
	})
}

func TestOrderIsMadeOncePerKey(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		create := func() store.RecipeOrder {
			return r.order(t, OrderSpec{Key: &usecase.IdempotencyKey{Key: "k", User: "chef", Fingerprint: "f"}})
		}
		first, again := create(), create()
		if _, n, err := r.Store.RecipeOrders(t.Context(), store.RecipeOrderFilter{}); n != 1 || err != nil || first.HID != again.HID {
			t.Errorf("%d orders, %v: %s and %s", n, err, first.HID, again.HID)
		}
	})
}

func TestParametersAreFrozenAndTheRestIsReadAgain(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		e := r.serve(t, 0)
		r.override(t, "dev", `{"schema":"one","free":"one"}`)
		o := r.order(t, OrderSpec{Variation: "hourly", Parameters: json.RawMessage(`{"schema":"order"}`)})
		if o.Schedule != "0 * * * *" || o.TimeZone != "Europe/Paris" || o.MaxRuns != 3 || !o.NextFire.Equal(monday.Add(time.Hour)) {
			t.Errorf("the variation's schedule: %+v", o)
		}
		r.pass(t, o, monday.Add(time.Hour), e)
		r.override(t, "dev", `{"schema":"two","free":"two"}`)
		r.pass(t, o, monday.Add(2*time.Hour), e)
		if _, err := r.EditKitchenRecipe(t.Context(), KitchenRecipeEdit{Kitchen: "main", Recipe: "meal", By: chef, Files: map[string]*string{
			order.VariationsFile: new(`{"variation-list":{"hourly":{"schedule-setting":"s"}},"schedule-setting-list":{"s":{"schedule":"30 * * * *"}}}`),
			order.VariablesFile:  new(`{"variable-list":{"LIMIT":"many"}}`),
		}}); err != nil {
			t.Fatal(err)
		}
		r.pass(t, o, monday.Add(4*time.Hour), e)
		if diff := cmp.Diff([]string{"10:00:00", "11:00:00", "12:00:00"}, r.times(t, o)); diff != "" {
			t.Errorf("runs (-want +got):\n%s", diff)
		}
		runs := r.runs(t, o)
		for i, want := range []string{"one", "two"} {
			var vs map[string]any
			if err := json.Unmarshal(runs[i].Variables, &vs); err != nil || vs["free"] != want || vs["schema"] != "order" {
				t.Errorf("run %d has the variables %s, %v", i, runs[i].Variables, err)
			}
		}
		if last := runs[2]; last.Status != string(order.RunFailed) || last.RecipeID != nil || !strings.Contains(last.Error, "'LIMIT' is the string") || last.Ended == nil ||
			!strings.Contains(string(last.Variables), `"free":"two"`) {
			t.Errorf("the run that does not fit any more: %+v", last)
		}
		if got, err := r.Store.RecipeOrder(t.Context(), o.ID); err != nil || got.Status != string(order.Active) || got.NextFire != nil || got.RunCount != 3 {
			t.Errorf("the order, two of whose runs go on: %+v, %v", got, err)
		}
	})
}

func TestOrderKeepsItsStaff(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		o := r.order(t, OrderSpec{Schedule: "0 * * * *"})
		run := r.runs(t, r.order(t, OrderSpec{}))[0]
		if _, err := r.EditKitchen(t.Context(), "dev", KitchenEdit{Staff: json.RawMessage(`["bob"]`), By: chef}); err != nil {
			t.Fatal(err)
		}
		calls := map[string]func(context.Context, Actor) error{
			"edit": func(ctx context.Context, by Actor) error { return last(r.EditKitchen(ctx, "dev", KitchenEdit{By: by})) },
			"create inside": func(ctx context.Context, by Actor) error {
				return last(r.CreateKitchen(ctx, KitchenSpec{Name: "x" + by.Name, Parent: "dev", By: by}))
			},
			"edit recipe": func(ctx context.Context, by Actor) error {
				return last(r.EditKitchenRecipe(ctx, KitchenRecipeEdit{Kitchen: "dev", Recipe: "meal", By: by}))
			},
			"order": func(ctx context.Context, by Actor) error {
				return last(r.CreateOrder(ctx, OrderSpec{Kitchen: "dev", Recipe: "meal", Variation: "plain", By: by}))
			},
			"pause":      func(ctx context.Context, by Actor) error { return last(r.PauseOrder(ctx, o.HID, by)) },
			"unpause":    func(ctx context.Context, by Actor) error { return last(r.UnpauseOrder(ctx, o.HID, by)) },
			"run":        func(ctx context.Context, by Actor) error { return last(r.RunOrder(ctx, o.HID, by, nil)) },
			"stop run":   func(ctx context.Context, by Actor) error { return last(r.StopRun(ctx, run.HID, by)) },
			"resume":     func(ctx context.Context, by Actor) error { return last(r.ResumeRun(ctx, run.HID, by, nil)) },
			"delete run": func(ctx context.Context, by Actor) error { return r.DeleteRun(ctx, run.HID, by) },
			"stop":       func(ctx context.Context, by Actor) error { return last(r.StopOrder(ctx, o.HID, by)) },
			"delete":     func(ctx context.Context, by Actor) error { return r.DeleteOrder(ctx, o.HID, by) },
			"delete all": func(ctx context.Context, by Actor) error { return r.DeleteOrders(ctx, "dev", by) },
		}
		for name, call := range calls {
			refusedAs(t, name+" by a stranger", call(t.Context(), chef), refusal.Forbidden, `"chef" is not on the staff of kitchen "dev"`)
		}
		for _, name := range []string{"edit", "create inside", "edit recipe", "order", "pause", "unpause", "run", "stop run", "resume", "delete run", "stop"} {
			if err := calls[name](t.Context(), Actor{Name: "bob"}); err != nil {
				t.Errorf("%s by the staff: %v", name, err)
			}
		}
		for _, name := range []string{"edit", "create inside", "order", "delete all"} {
			if err := calls[name](t.Context(), Actor{Name: "root", Admin: true}); err != nil {
				t.Errorf("%s by an administrator: %v", name, err)
			}
		}
	})
}

func last[T any](_ T, err error) error { return err }

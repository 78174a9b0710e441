package fast

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// things is a provider of one resource, thing, which notes what it has been shown.
type things struct{ seen []string }

func (*things) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "test"
}
func (*things) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse)          {}
func (*things) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}
func (*things) DataSources(context.Context) []func() datasource.DataSource                        { return nil }

func (p *things) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return &thing{p} }}
}

type thing struct{ of *things }

type thingModel struct {
	Name types.String  `tfsdk:"name"`
	Body types.Dynamic `tfsdk:"body"`
	Free types.Dynamic `tfsdk:"free"`
	Size types.Int64   `tfsdk:"size"`
	Part types.Object  `tfsdk:"part"`
}

func (*thing) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "test_thing"
}

func (*thing) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Version: 2, Attributes: map[string]schema.Attribute{
		"name": schema.StringAttribute{Required: true},
		"body": value.OptionalDocument(document.Shape{Kind: document.Any}, ""),
		"free": schema.DynamicAttribute{Optional: true},
		"size": schema.Int64Attribute{Computed: true},
		"part": schema.SingleNestedAttribute{Computed: true, Attributes: map[string]schema.Attribute{"a": schema.StringAttribute{Computed: true}}},
	}}
}

// look notes a body, and what a message at a member of it would say.
func (r *thing) look(v types.Dynamic) {
	if text, is := v.UnderlyingValue().(types.String); is && strings.Contains(text.ValueString(), "galley document") {
		r.of.seen = append(r.of.seen, "sealed")
	}
	r.of.seen = append(r.of.seen, fmt.Sprint(value.Tree(v)))
}

func (r *thing) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var m thingModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	r.look(m.Body)
	resp.Diagnostics.AddAttributeError(path.Root("body").AtName("a"), "Wrong", "it is wrong")
}

func (r *thing) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var m thingModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &m)...)
	r.look(m.Body)
}

func (r *thing) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var m thingModel
	resp.Diagnostics.Append(req.State.Get(ctx, &m)...)
	r.look(m.Body)
	m.Size = types.Int64Value(2)
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}

func (r *thing) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.State.Raw = req.Plan.Raw
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("size"), 1)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("part"), struct {
		A string `tfsdk:"a"`
	}{"b"})...)
}
func (*thing) Update(context.Context, resource.UpdateRequest, *resource.UpdateResponse) {}
func (*thing) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

var thingType = tftypes.Object{AttributeTypes: map[string]tftypes.Type{
	"name": tftypes.String, "body": tftypes.DynamicPseudoType, "free": tftypes.DynamicPseudoType, "size": tftypes.Number,
	"part": tftypes.Object{AttributeTypes: map[string]tftypes.Type{"a": tftypes.String}},
}}

// aThing has a body, or none (nil), as Terraform sends it.
func aThing(t testing.TB, body, size any) *tfprotov6.DynamicValue {
	t.Helper()
	dynamic := tftypes.NewValue(tftypes.DynamicPseudoType, nil)
	if body != nil {
		v, err := value.DynamicOf(body).ToTerraformValue(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		dynamic = v
	}
	part := thingType.AttributeTypes["part"]
	d, err := tfprotov6.NewDynamicValue(thingType, tftypes.NewValue(thingType, map[string]tftypes.Value{
		"name": tftypes.NewValue(tftypes.String, "n"), "body": dynamic, "free": tftypes.NewValue(tftypes.DynamicPseudoType, nil),
		"size": tftypes.NewValue(tftypes.Number, size), "part": tftypes.NewValue(part, nil),
	}))
	if err != nil {
		t.Fatal(err)
	}
	return &d
}

func decoded(t testing.TB, d *tfprotov6.DynamicValue) string {
	t.Helper()
	v, err := d.Unmarshal(thingType)
	if err != nil {
		t.Fatal(err)
	}
	return v.String()
}

func TestDocumentsGoThroughTheFrameworkInOnePiece(t *testing.T) {
	t.Parallel()
	body := map[string]any{"a": "b", "c": []any{"d", true}}
	marked := value.Seal([]byte("\x92\xc4\x08\"string\"\xa1x")) // what a configuration may spell out
	for name, tt := range map[string]struct {
		body any
		seen string
	}{
		"an object":       {body, "[sealed map[a:b c:[d true]]]"},
		"an empty object": {map[string]any{}, "[map[]]"}, // as defaults are, which the framework compares it with
		"a text":          {"b", "[b]"},
		"a sealed text":   {marked, "[sealed " + marked + "]"}, // and not x
		"none":            {nil, "[<nil>]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for call, ask := range map[string]func(Framework) (string, []*tfprotov6.Diagnostic){
				"validate": func(s Framework) (string, []*tfprotov6.Diagnostic) {
					resp, err := s.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: "test_thing", Config: aThing(t, tt.body, nil)})
					if err != nil {
						t.Fatal(err)
					}
					return "", resp.Diagnostics
				},
				"read": func(s Framework) (string, []*tfprotov6.Diagnostic) {
					resp, err := s.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{TypeName: "test_thing", CurrentState: aThing(t, tt.body, 1)})
					if err != nil {
						t.Fatal(err)
					}
					return decoded(t, resp.NewState), resp.Diagnostics
				},
			} {
				var said [2]string
				var p things
				for i, s := range []Framework{NewFramework(&things{}), New(&p)} {
					state, diags := ask(s)
					for _, d := range diags {
						state += fmt.Sprintf("\n%s %s: %s", d.Attribute, d.Summary, d.Detail)
					}
					said[i] = state
				}
				if said[0] != said[1] {
					t.Errorf("%s: the framework answers\n%s\nand with what is before it\n%s", call, said[0], said[1])
				}
				if got := fmt.Sprint(p.seen); got != tt.seen {
					t.Errorf("%s: the resource has seen %s, want %s", call, got, tt.seen)
				}
			}
		})
	}
}

func TestAPlanAndItsApplyAreThoseOfTheFramework(t *testing.T) {
	t.Parallel()
	body, other := map[string]any{"a": "b"}, map[string]any{"a": "c"}
	null, err := tfprotov6.NewDynamicValue(thingType, tftypes.NewValue(thingType, nil))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ prior, proposed, config *tfprotov6.DynamicValue }{
		"a create":           {&null, aThing(t, body, nil), aThing(t, body, nil)},
		"nothing":            {aThing(t, body, 1), aThing(t, body, 1), aThing(t, body, nil)},
		"a change":           {aThing(t, body, 1), aThing(t, other, 1), aThing(t, other, nil)},
		"the default":        {aThing(t, map[string]any{}, 1), aThing(t, map[string]any{}, 1), aThing(t, nil, nil)},
		"back to a default":  {aThing(t, body, 1), aThing(t, body, 1), aThing(t, nil, nil)},
		"an empty body once": {aThing(t, map[string]any{}, 1), aThing(t, body, 1), aThing(t, body, nil)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var planned, applied [2]string
			for i, s := range []Framework{NewFramework(&things{}), New(&things{})} {
				plan, err := s.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
					TypeName: "test_thing", PriorState: tt.prior, ProposedNewState: tt.proposed, Config: tt.config,
				})
				if err != nil || len(plan.Diagnostics) > 0 {
					t.Fatal(err, plan.Diagnostics)
				}
				planned[i] = decoded(t, plan.PlannedState)
				if name != "a create" {
					continue
				}
				apply, err := s.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{
					TypeName: "test_thing", PriorState: tt.prior, PlannedState: plan.PlannedState, Config: tt.config,
				})
				if err != nil || len(apply.Diagnostics) > 0 {
					t.Fatal(err, apply.Diagnostics)
				}
				applied[i] = decoded(t, apply.NewState)
			}
			if planned[0] != planned[1] || applied[0] != applied[1] {
				t.Errorf("the framework plans and applies\n%s\n%s\nand with what is before it\n%s\n%s", planned[0], applied[0], planned[1], applied[1])
			}
		})
	}
}

func TestAStateOfTheSchemasVersionIsWhatItIs(t *testing.T) {
	t.Parallel()
	const state = `{"name": "n", "body": {"type": ["object", {"a": "string"}], "value": {"a": "b"}}, "free": null, "size": 1, "part": {"a": "b"}}`
	for name, tt := range map[string]struct {
		version int64
		state   string
		passes  bool
	}{
		"the same":                          {2, state, true},
		"a member is missing":               {2, `{"name": "n"}`, true},
		"one that the schema does not have": {2, strings.Replace(state, `"name"`, `"old": 1, "name"`, 1), false},
		"one inside of another":             {2, strings.Replace(state, `"part": {`, `"part": {"old": 1, `, 1), false},
		"no state":                          {2, `[]`, false},
		"an earlier version":                {1, state, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := New(&things{})
			req := &tfprotov6.UpgradeResourceStateRequest{TypeName: "test_thing", Version: tt.version, RawState: &tfprotov6.RawState{JSON: []byte(tt.state)}}
			got, err := s.UpgradeResourceState(t.Context(), req)
			if err != nil {
				t.Fatal(err)
			}
			want, err := s.Framework.UpgradeResourceState(t.Context(), req)
			if err != nil {
				t.Fatal(err)
			}
			if passed := got.UpgradedState != nil && len(got.UpgradedState.JSON) > 0; passed != tt.passes {
				t.Errorf("passed on as it is: %t, want %t", passed, tt.passes)
			}
			if len(got.Diagnostics) != len(want.Diagnostics) {
				t.Errorf("got %v, want %v", got.Diagnostics, want.Diagnostics)
			}
			if want.UpgradedState != nil && !tt.passes && decoded(t, got.UpgradedState) != decoded(t, want.UpgradedState) {
				t.Errorf("got %s, want %s", decoded(t, got.UpgradedState), decoded(t, want.UpgradedState))
			}
		})
	}
}

// It sets variables of the whole process.
func TestLogsAreAsLoudAsTerraformShowsThem(t *testing.T) {
	for name, tt := range map[string]struct{ all, providers, own, want string }{
		"nobody looks":       {"", "", "", "off"},
		"all of Terraform's": {"DEBUG", "", "", "DEBUG"},
		"of providers":       {"ERROR", "INFO", "", "INFO"},
		"their own":          {"ERROR", "", "TRACE", "TRACE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TF_LOG", tt.all)
			t.Setenv("TF_LOG_PROVIDER", tt.providers)
			t.Setenv("TF_LOG_SDK", tt.own)
			t.Setenv("TF_LOG_PROVIDER_GALLEY", tt.own)
			Quiet()
			if sdk, own := os.Getenv("TF_LOG_SDK"), os.Getenv("TF_LOG_PROVIDER_GALLEY"); sdk != tt.want || own != tt.want {
				t.Errorf("the framework logs at %q, the provider at %q, want %q", sdk, own, tt.want)
			}
		})
	}
}

// BenchmarkAPlanOfNothing is a plan of a document of five nodes that does not change: the
// framework's own, and with what is before it. Want at most a fifth.
func BenchmarkAPlanOfNothing(b *testing.B) {
	nodes := map[string]any{}
	for i := range 5 {
		nodes[fmt.Sprint("n", i)] = map[string]any{
			"job":          map[string]any{"name": "step", "version": "1.0.0", "revision": "1"},
			"dependencies": map[string]any{"before": true},
			"input":        map[string]any{"image": map[string]any{"node": "before", "output": "out"}},
		}
	}
	body := map[string]any{"nodes": nodes}
	state, config := aThing(b, body, 1), aThing(b, body, nil)
	for name, s := range map[string]Framework{"framework": NewFramework(&things{}), "fast": New(&things{})} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.PlanResourceChange(b.Context(), &tfprotov6.PlanResourceChangeRequest{
					TypeName: "test_thing", PriorState: state, ProposedNewState: state, Config: config,
				}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

package provider

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
)

func TestProviderSchemaIsValid(t *testing.T) {
	t.Parallel()
	var resp provider.SchemaResponse
	p := New("test")()
	p.Schema(t.Context(), provider.SchemaRequest{}, &resp)
	providertest.MustBeClean(t, resp.Schema.ValidateImplementation(t.Context()))
	st := tfsdk.State{Schema: resp.Schema, Raw: providertest.NullObject(t, resp.Schema.Type().TerraformType(t.Context()))}
	providertest.MustBeClean(t, st.Get(t.Context(), &providerModel{}))
}

// TestSchemasFitTheirModels reads everything that is null, without a backend. Every object
// reads its model first.
func TestSchemasFitTheirModels(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	p := New("test")()
	for _, newResource := range p.Resources(ctx) {
		r := newResource()
		var meta resource.MetadataResponse
		r.Metadata(ctx, resource.MetadataRequest{ProviderTypeName: "galley"}, &meta)
		t.Run(meta.TypeName, func(t *testing.T) {
			t.Parallel()
			var schema resource.SchemaResponse
			r.Schema(ctx, resource.SchemaRequest{}, &schema)
			providertest.MustBeClean(t, schema.Diagnostics)
			providertest.MustBeClean(t, schema.Schema.ValidateImplementation(ctx))
			state := tfsdk.State{Schema: schema.Schema, Raw: providertest.NullObject(t, schema.Schema.Type().TerraformType(ctx))}
			resp := resource.ReadResponse{State: state}
			r.Read(ctx, resource.ReadRequest{State: state}, &resp)
			mustOnlyLackClient(t, resp.Diagnostics, diag.SeverityError) // it holds nothing yet, as after an import
		})
	}
	for _, newDataSource := range p.DataSources(ctx) {
		d := newDataSource()
		var meta datasource.MetadataResponse
		d.Metadata(ctx, datasource.MetadataRequest{ProviderTypeName: "galley"}, &meta)
		t.Run(meta.TypeName+" data", func(t *testing.T) {
			t.Parallel()
			var schema datasource.SchemaResponse
			d.Schema(ctx, datasource.SchemaRequest{}, &schema)
			providertest.MustBeClean(t, schema.Diagnostics)
			providertest.MustBeClean(t, schema.Schema.ValidateImplementation(ctx))
			resp := datasource.ReadResponse{State: tfsdk.State{Schema: schema.Schema}}
			d.Read(ctx, datasource.ReadRequest{Config: configOf(t, d, nil)}, &resp)
			mustOnlyLackClient(t, resp.Diagnostics, diag.SeverityError)
			if _, lists := d.(datasource.DataSourceWithValidateConfig); lists {
				mustFit(t, d, schema)
			}
		})
	}
}

// mustOnlyLackClient fails unless there is exactly one problem: there is no client.
func mustOnlyLackClient(t *testing.T, diags diag.Diagnostics, severity diag.Severity) {
	t.Helper()
	if len(diags) != 1 || diags[0].Severity() != severity || !strings.Contains(diags[0].Detail(), "The provider has no client.") {
		t.Errorf("reading what is null finds %v, want only that there is no client", diags)
	}
}

// mustFit checks that the model of a result of a list has what the schema says, and that
// every argument is taken for the request.
func mustFit(t *testing.T, d datasource.DataSource, schema datasource.SchemaResponse) {
	t.Helper()
	ctx := t.Context()
	list, ok := schema.Schema.Attributes["results"].GetType().(types.ListType)
	if !ok {
		t.Fatal("results are no list")
	}
	object := providertest.NullObject(t, list.ElemType.TerraformType(ctx))
	results, err := list.ValueFromTerraform(ctx, tftypes.NewValue(list.TerraformType(ctx), []tftypes.Value{object}))
	if err != nil {
		t.Fatal(err)
	}
	source := reflect.ValueOf(d).Elem()
	rows := reflect.New(reflect.SliceOf(source.FieldByName("Result").Type().Out(0)))
	providertest.MustBeClean(t, results.(types.List).ElementsAs(ctx, rows.Interface(), false))

	f := kit.ReadFilters(ctx, configOf(t, d, nil))
	source.FieldByName("Query").Call([]reflect.Value{reflect.ValueOf(f)})
	providertest.MustBeClean(t, f.Diags)
	want := slices.DeleteFunc(slices.Sorted(maps.Keys(schema.Schema.Attributes)), func(name string) bool { return name == "results" })
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(f.Taken))); diff != "" {
		t.Errorf("arguments that are taken (-want +got):\n%s", diff)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		block      providerModel
		env        map[string]string
		want       client.Config
		validation string
		keeps      bool // on_unreachable
	}{
		{"nothing is said", providerModel{}, nil, client.Config{AuthScheme: "bearer"}, "error", false},
		{
			"the environment says all", providerModel{},
			map[string]string{
				"GALLEY_ENDPOINT": "https://h", "GALLEY_USERNAME": "u", "GALLEY_PASSWORD": "p", "GALLEY_AUTH_SCHEME": "basic",
				"GALLEY_INSECURE_SKIP_VERIFY": "true", "GALLEY_REQUEST_TIMEOUT": "PT1M", "GALLEY_MAX_RETRIES": "2",
				"GALLEY_MAX_CONCURRENT_REQUESTS": "3", "GALLEY_MAX_REQUESTS_PER_SECOND": "4.5",
				"GALLEY_ALLOWED_HOSTS": "h, other:8443", "GALLEY_PLAN_VALIDATION": "warn", "GALLEY_ON_UNREACHABLE": "keep", "GALLEY_CA_CERT_PEM": "ca", "GALLEY_CLIENT_CERT_PEM": "cc", "GALLEY_CLIENT_KEY_PEM": "ck",
			},
			client.Config{
				Endpoint: "https://h", Username: "u", Password: "p", AuthScheme: "basic", InsecureSkipVerify: true,
				RequestTimeout: time.Minute, MaxRetries: 2, MaxConcurrentRequests: 3, MaxRequestsPerSecond: 4.5,
				CACertPEM: "ca", ClientCertPEM: "cc", ClientKeyPEM: "ck", AllowedHosts: []string{"h", "other:8443"},
			}, "warn", true,
		},
		{
			"the block wins",
			providerModel{
				Endpoint: types.StringValue("https://block"), InsecureSkipVerify: types.BoolValue(false),
				RequestTimeout: types.StringValue("90s"), MaxRetries: types.Int64Value(0), PlanValidation: types.StringValue("off"),
				OnUnreachable: types.StringValue("fail"),
			},
			map[string]string{
				"GALLEY_ENDPOINT": "https://env", "GALLEY_INSECURE_SKIP_VERIFY": "true", "GALLEY_REQUEST_TIMEOUT": "1s",
				"GALLEY_MAX_RETRIES": "9", "GALLEY_PLAN_VALIDATION": "warn", "GALLEY_ON_UNREACHABLE": "keep",
			},
			client.Config{Endpoint: "https://block", AuthScheme: "bearer", RequestTimeout: 90 * time.Second, MaxRetries: -1}, "off", false,
		},
		{
			"a user of the block is not mixed with a token of the environment",
			providerModel{Username: types.StringValue("u"), Password: types.StringValue("p")},
			map[string]string{"GALLEY_TOKEN": "t"},
			client.Config{Username: "u", Password: "p", AuthScheme: "bearer"}, "error", false,
		},
		{
			"a token of the block is not mixed with a user of the environment",
			providerModel{Token: types.StringValue("t")},
			map[string]string{"GALLEY_USERNAME": "u", "GALLEY_PASSWORD": "p"},
			client.Config{Token: "t", AuthScheme: "bearer"}, "error", false,
		},
		{
			"hosts are taken over",
			providerModel{AllowedHosts: types.SetValueMust(types.StringType, []attr.Value{types.StringValue("h")})},
			nil, client.Config{AuthScheme: "bearer", AllowedHosts: []string{"h"}}, "error", false,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			got, modes := tt.block.settings(t.Context(), func(name string) string { return tt.env[name] }, &diags)
			providertest.MustBeClean(t, diags)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.validation, modes.planValidation); diff != "" {
				t.Errorf("plan_validation (-want +got):\n%s", diff)
			}
			if keeps := modes.onUnreachable == plan.UnreachableKeep; keeps != tt.keeps {
				t.Errorf("on_unreachable is %q, want keep %t", modes.onUnreachable, tt.keeps)
			}
		})
	}
}

func TestInvalidSettings(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		block providerModel
		env   map[string]string
		want  string // the attribute
	}{
		{"a scheme that does not exist", providerModel{AuthScheme: types.StringValue("digest")}, nil, "auth_scheme"},
		{"a validation that does not exist", providerModel{}, map[string]string{"GALLEY_PLAN_VALIDATION": "maybe"}, "plan_validation"},
		{"a mode that does not exist", providerModel{OnUnreachable: types.StringValue("ignore")}, nil, "on_unreachable"},
		{"a timeout without unit", providerModel{RequestTimeout: types.StringValue("30")}, nil, "request_timeout"},
		{"a timeout of nothing", providerModel{RequestTimeout: types.StringValue("0s")}, nil, "request_timeout"},
		{"negative retries", providerModel{MaxRetries: types.Int64Value(-1)}, nil, "max_retries"},
		{"retries in words", providerModel{}, map[string]string{"GALLEY_MAX_RETRIES": "few"}, "max_retries"},
		{"no request at all", providerModel{MaxConcurrentRequests: types.Int64Value(0)}, nil, "max_concurrent_requests"},
		{"no request per second", providerModel{MaxRequestsPerSecond: types.Float64Value(0)}, nil, "max_requests_per_second"},
		{"a rate in words", providerModel{}, map[string]string{"GALLEY_MAX_REQUESTS_PER_SECOND": "x"}, "max_requests_per_second"},
		{"a flag in words", providerModel{}, map[string]string{"GALLEY_INSECURE_SKIP_VERIFY": "x"}, "insecure_skip_verify"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			tt.block.settings(t.Context(), func(name string) string { return tt.env[name] }, &diags)
			var got []string
			for _, d := range diags {
				if d, ok := d.(diag.DiagnosticWithPath); ok {
					got = append(got, d.Path().String())
				}
			}
			if diff := cmp.Diff([]string{tt.want}, got); diff != "" {
				t.Errorf("attributes with errors (-want +got):\n%s", diff)
			}
		})
	}
}

// configure runs the provider's Configure with the given attributes; others are null.
func configure(t *testing.T, values map[string]tftypes.Value) provider.ConfigureResponse {
	t.Helper()
	ctx := t.Context()
	p := New("test")()
	var schema provider.SchemaResponse
	p.Schema(ctx, provider.SchemaRequest{}, &schema)
	raw := providertest.NullObject(t, schema.Schema.Type().TerraformType(ctx))
	var all map[string]tftypes.Value
	if err := raw.As(&all); err != nil {
		t.Fatal(err)
	}
	maps.Copy(all, values)
	var resp provider.ConfigureResponse
	p.Configure(ctx, provider.ConfigureRequest{
		TerraformVersion: "1.11.4",
		Config:           tfsdk.Config{Schema: schema.Schema, Raw: tftypes.NewValue(raw.Type(), all)},
	}, &resp)
	return resp
}

func TestConfigureWithUnknownValuesWaitsForThem(t *testing.T) {
	t.Parallel()
	unknown := tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
	resp := configure(t, map[string]tftypes.Value{
		"endpoint":    unknown,
		"password":    unknown,
		"max_retries": tftypes.NewValue(tftypes.Number, -5), // not even looked at
	})
	providertest.MustBeClean(t, resp.Diagnostics)
	data, ok := resp.ResourceData.(*plan.Data)
	if !ok || data.Client != nil {
		t.Fatalf("data is %#v, want one without a client", resp.ResourceData)
	}
	if diff := cmp.Diff([]string{"endpoint", "password"}, data.Unknown); diff != "" {
		t.Errorf("unknown (-want +got):\n%s", diff)
	}
	var b kit.ResourceBase
	b.Configure(t.Context(), resource.ConfigureRequest{ProviderData: data}, &resource.ConfigureResponse{})
	var diags diag.Diagnostics
	if _, c := b.ClientForRead(t.Context(), stateOf(map[string]string{"id": "1", "name": "a"}), &diags); c != nil || diags.HasError() || diags.WarningsCount() != 1 {
		t.Errorf("reading gives %v, want one warning and no client", diags)
	}
	var importing diag.Diagnostics
	if _, c := b.ClientForRead(t.Context(), stateOf(map[string]string{"id": "1"}), &importing); c != nil || !importing.HasError() {
		t.Errorf("importing gives %v, want an error: nothing is known of what is imported", importing)
	}
	if b.Client(&diags) != nil || !diags.HasError() {
		t.Errorf("applying gives %v, want an error", diags)
	}
}

// stateOf is a state of these computed attributes; the others are null.
func stateOf(values map[string]string) tfsdk.State {
	s := rschema.Schema{Attributes: map[string]rschema.Attribute{
		"id": rschema.StringAttribute{Computed: true}, "name": rschema.StringAttribute{Computed: true},
	}}
	raw := map[string]tftypes.Value{}
	for name := range s.Attributes {
		raw[name] = tftypes.NewValue(tftypes.String, nil)
		if text, given := values[name]; given {
			raw[name] = tftypes.NewValue(tftypes.String, text)
		}
	}
	return tfsdk.State{Schema: s, Raw: tftypes.NewValue(s.Type().TerraformType(context.Background()), raw)}
}

func TestConfigureRefusesHostsThatAreNotAllowed(t *testing.T) {
	t.Parallel()
	hosts := tftypes.NewValue(tftypes.Set{ElementType: tftypes.String}, []tftypes.Value{tftypes.NewValue(tftypes.String, "dev")})
	resp := configure(t, map[string]tftypes.Value{
		"endpoint":      tftypes.NewValue(tftypes.String, "https://prod"),
		"allowed_hosts": hosts,
	})
	if !resp.Diagnostics.HasError() {
		t.Error("no error for a host that is not allowed")
	}
}

func TestEveryAttributeOfTheBlockIsWatchedForUnknowns(t *testing.T) {
	t.Parallel()
	var resp provider.SchemaResponse
	New("test")().Schema(t.Context(), provider.SchemaRequest{}, &resp)
	values := map[string]tftypes.Value{}
	for name, a := range resp.Schema.Attributes {
		values[name] = tftypes.NewValue(a.GetType().TerraformType(context.Background()), tftypes.UnknownValue)
	}
	data, ok := configure(t, values).ResourceData.(*plan.Data)
	if !ok {
		t.Fatal("no data")
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(resp.Schema.Attributes)), data.Unknown); diff != "" {
		t.Errorf("unknown (-want +got):\n%s", diff)
	}
}

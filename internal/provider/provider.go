package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/account"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/arrival"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/batch"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/file"
	providerfunction "github.com/recipe-galley/terraform-provider-galley/internal/provider/function"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/jobtype"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/recipetype"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/session"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/workspace"
)

var (
	_ provider.ProviderWithValidateConfig     = (*Provider)(nil)
	_ provider.ProviderWithFunctions          = (*Provider)(nil)
	_ provider.ProviderWithActions            = (*Provider)(nil)
	_ provider.ProviderWithListResources      = (*Provider)(nil)
	_ provider.ProviderWithEphemeralResources = (*Provider)(nil)
)

// Provider is the provider "galley".
type Provider struct {
	version string
}

// New returns a function that makes the provider, as providerserver wants it.
// version is the release's, "dev" or "test".
func New(version string) func() provider.Provider {
	return func() provider.Provider { return &Provider{version: version} }
}

// Metadata implements provider.Provider.
func (p *Provider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "galley"
	resp.Version = p.version
}

// Schema implements provider.Provider.
func (p *Provider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	text := func(doc string) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: doc}
	}
	secret := func(doc string) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, Sensitive: true, MarkdownDescription: doc}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages recipe types, the job types and files they need, runs of recipes, and orders that run them by " +
			"a schedule, on a backend that speaks the v6 recipe services and the v2 order API, such as `galleyd`.\n\n" +
			"Every argument can come from an environment variable instead; an argument that is set wins.",
		Attributes: map[string]schema.Attribute{
			"endpoint": text("Base URL of the backend, without a path, such as `https://galley.example.com`. " +
				"It may be made in the same apply. Environment: `GALLEY_ENDPOINT`. Default: `http://127.0.0.1:8080`."),
			"username": text("User name to log in with at the first request, and again when the session has expired. " +
				"Environment: `GALLEY_USERNAME`."),
			"password": secret("Password of `username`. Environment: `GALLEY_PASSWORD`."),
			"token": secret("API token, used instead of `username` and `password`. " +
				"Environment: `GALLEY_TOKEN`, which is not read when `username` is set."),
			"token_file": text("File with an API token, used instead of `token`. It is read at the first request, and again when the token is not " +
				"taken any more, so that somebody may write another one into it. Environment: `GALLEY_TOKEN_FILE`."),
			"workload_identity": value.ProviderDocument{Shape: identityShape(), DynamicAttribute: schema.DynamicAttribute{
				Optional: true,
				MarkdownDescription: "Exchange the token that the runner has for this run (OpenID Connect) for a login, instead of `username` and " +
					"`password`: the backend's `--trust` says who that is. Nothing is exchanged unless this is set, if only to `{}`. By https only, " +
					"or to the machine itself. Environment: `GALLEY_WORKLOAD_IDENTITY=true`.",
				Validators: []validator.Dynamic{value.DocumentValidator{Shape: identityShape(), Summary: "Invalid provider configuration"}},
			}},
			"auth_scheme": text("The word before the token in the `Authorization` header: `bearer` (default), `token` " +
				"or `basic`. With `basic`, `username` and `password` are sent with every request, without a login; " +
				"a `token` is sent as it is. Environment: `GALLEY_AUTH_SCHEME`."),
			"ca_cert_pem": text("Certificates, in PEM, to trust beside those of the system. " +
				"Environment: `GALLEY_CA_CERT_PEM`."),
			"client_cert_pem": text("Client certificate, in PEM, for mutual TLS. Environment: `GALLEY_CLIENT_CERT_PEM`."),
			"client_key_pem":  secret("Private key, in PEM, of `client_cert_pem`. Environment: `GALLEY_CLIENT_KEY_PEM`."),
			"insecure_skip_verify": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Do not verify the server's certificate. For experiments only. " +
					"Environment: `GALLEY_INSECURE_SKIP_VERIFY`.",
			},
			"request_timeout": text("How long one attempt of a request may take, as `30s` or `PT30S`; of an upload: " +
				"how long the answer may take after the last byte. Environment: `GALLEY_REQUEST_TIMEOUT`. Default: `30s`."),
			"max_retries": schema.Int64Attribute{
				CustomType: value.WholeNumber{},
				Optional:   true,
				MarkdownDescription: "How often a request is repeated after a failure that may pass, with growing pauses. " +
					"Only requests that cannot have had an effect are repeated. `0`: never. " +
					"Environment: `GALLEY_MAX_RETRIES`. Default: `4`.",
			},
			"max_concurrent_requests": schema.Int64Attribute{
				CustomType: value.WholeNumber{},
				Optional:   true,
				MarkdownDescription: "How many requests may be under way at the same time. " +
					"Environment: `GALLEY_MAX_CONCURRENT_REQUESTS`. Default: `8`.",
			},
			"max_requests_per_second": schema.Float64Attribute{
				Optional: true,
				MarkdownDescription: "How many requests are sent in a second, at most. " +
					"Environment: `GALLEY_MAX_REQUESTS_PER_SECOND`. Default: no limit.",
			},
			"plan_validation": text("What it becomes in a plan that something the configuration refers to does not exist on " +
				"the backend, is inactive or does not fit: `error` (default), `warn`, or `off` to not ask the backend. What the " +
				"configuration shows alone is always an error, and a backend that cannot be asked within 5 seconds is never " +
				"more than a warning. Environment: `GALLEY_PLAN_VALIDATION`."),
			"on_unreachable": text("What becomes of a plan when the backend cannot be asked, because it is down, too slow, answered for by " +
				"something else or does not take the credentials: `fail` (default), or `keep` to go on from the last known state of what is in " +
				"it, with one warning; data sources and imports, which have none, fail all the same. Either way a plan that gets no answer ends " +
				"within 15 seconds, or within `request_timeout` where that is set to more. Environment: `GALLEY_ON_UNREACHABLE`."),
			"strict_v6": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether a plan refuses definitions of recipe types with what only galleyd understands beyond v6: defaults of " +
					"inputs, constants, digits in names of inputs, `allow_failure`, `any` and `finally`. Environment: `GALLEY_STRICT_V6`. Default `false`.",
			},
			"allowed_hosts": schema.SetAttribute{
				Optional:    true,
				ElementType: types.StringType,
				MarkdownDescription: "Hosts (`host` or `host:port`) that may be talked to: a guard against applying to the " +
					"wrong environment. Any other host is refused before a request is made. In the environment: " +
					"`GALLEY_ALLOWED_HOSTS`, with commas.",
			},
		},
	}
}

// Resources implements provider.Provider.
func (p *Provider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		workspace.NewResource,
		arrival.NewStrikeResource,
		arrival.NewScanResource,
		file.NewResource,
		jobtype.NewResource,
		recipetype.NewResource,
		recipe.NewResource,
		order.NewKitchenResource,
		order.NewKitchenRecipeResource,
		order.NewResource,
		batch.NewDatasetResource,
		batch.NewBatchResource,
		account.NewUserResource,
		account.NewTokenResource,
	}
}

// DataSources implements provider.Provider.
func (p *Provider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		workspace.NewListDataSource,
		arrival.NewStrikesDataSource,
		arrival.NewScansDataSource,
		arrival.NewIngestsDataSource,
		order.NewKitchensDataSource,
		order.NewListDataSource,
		order.NewRunsDataSource,
		order.NewAlertsDataSource,
		file.NewListDataSource,
		jobtype.NewDataSource,
		jobtype.NewListDataSource,
		recipetype.NewDataSource,
		recipetype.NewListDataSource,
		recipetype.NewRevisionsDataSource,
		recipe.NewDataSource,
		recipe.NewListDataSource,
		recipe.NewJobsDataSource,
		recipe.NewJobLogDataSource,
		file.NewRecipeInputDataSource,
		file.NewContentDataSource,
		batch.NewBatchesDataSource,
		batch.NewDatasetsDataSource,
		account.NewUsersDataSource,
		account.NewTokensDataSource,
	}
}

// Functions implements provider.ProviderWithFunctions.
func (p *Provider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{
		providerfunction.NewDecodeDefinition,
		providerfunction.NewEncodeDefinition,
		providerfunction.NewRecipeGraph,
		providerfunction.NewTopologicalOrder,
		providerfunction.NewReprocessedNodes,
		providerfunction.NewSimulate,
		providerfunction.NewNextRuns,
		providerfunction.NewRunTimes,
		providerfunction.NewRecipeTypeName,
	}
}

// Actions implements provider.ProviderWithActions.
func (p *Provider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{
		arrival.NewProcessAction,
		recipe.NewReprocessAction,
		recipe.NewCancelAction,
		recipe.NewRequeueAction,
		order.NewRunAction,
		order.NewRunResumeAction,
	}
}

// EphemeralResources implements provider.ProviderWithEphemeralResources.
func (p *Provider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{session.NewToken, account.NewTokenSecret}
}

// ListResources implements provider.ProviderWithListResources.
func (p *Provider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{
		workspace.NewListResource,
		arrival.NewStrikeListResource,
		arrival.NewScanListResource,
		file.NewListResource,
		jobtype.NewListResource,
		recipetype.NewListResource,
		recipe.NewListResource,
		order.NewKitchenListResource,
		order.NewKitchenRecipeListResource,
		order.NewListResource,
		batch.NewDatasetListResource,
		batch.NewBatchListResource,
	}
}

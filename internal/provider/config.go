package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
)

// providerModel is the provider block.
type providerModel struct {
	Endpoint              types.String  `tfsdk:"endpoint"`
	Username              types.String  `tfsdk:"username"`
	Password              types.String  `tfsdk:"password"`
	Token                 types.String  `tfsdk:"token"`
	TokenFile             types.String  `tfsdk:"token_file"`
	WorkloadIdentity      types.Dynamic `tfsdk:"workload_identity"`
	AuthScheme            types.String  `tfsdk:"auth_scheme"`
	CACertPEM             types.String  `tfsdk:"ca_cert_pem"`
	ClientCertPEM         types.String  `tfsdk:"client_cert_pem"`
	ClientKeyPEM          types.String  `tfsdk:"client_key_pem"`
	InsecureSkipVerify    types.Bool    `tfsdk:"insecure_skip_verify"`
	RequestTimeout        types.String  `tfsdk:"request_timeout"`
	MaxRetries            types.Int64   `tfsdk:"max_retries"`
	MaxConcurrentRequests types.Int64   `tfsdk:"max_concurrent_requests"`
	MaxRequestsPerSecond  types.Float64 `tfsdk:"max_requests_per_second"`
	PlanValidation        types.String  `tfsdk:"plan_validation"`
	OnUnreachable         types.String  `tfsdk:"on_unreachable"`
	StrictV6              types.Bool    `tfsdk:"strict_v6"`
	AllowedHosts          types.Set     `tfsdk:"allowed_hosts"`
}

// ValidateConfig implements provider.ProviderWithValidateConfig.
func (p *Provider) ValidateConfig(ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	var m providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	checkOne(m.ways(), "argument", func(w way) string { return string(w) }, &resp.Diagnostics)
	known := m.known()
	cfg, _ := known.plain(ctx, settingReader{getenv: func(string) string { return "" }, diags: &resp.Diagnostics})
	if known.Endpoint.IsNull() {
		cfg.Endpoint, cfg.AllowedHosts = "", nil // the environment may have it
	}
	if known.ClientCertPEM.IsNull() != known.ClientKeyPEM.IsNull() {
		cfg.ClientCertPEM, cfg.ClientKeyPEM = "", ""
	}
	checkBackend(cfg, &resp.Diagnostics)
}

// checkBackend reports what is wrong with where the backend is, and how it is trusted.
func checkBackend(cfg client.Config, diags *diag.Diagnostics) {
	const advice = " Correct the provider block or its environment variables (GALLEY_…)."
	if err := cfg.CheckEndpoint(); err != nil {
		diags.AddAttributeError(path.Root("endpoint"), "Cannot configure the provider", value.Sentence(err.Error())+advice)
	}
	if err := cfg.CheckTLS(); err != nil {
		name := "ca_cert_pem"
		if cfg.ClientCertPEM+cfg.ClientKeyPEM != "" {
			name = "client_cert_pem"
		}
		diags.AddAttributeError(path.Root(name), "Cannot configure the provider", value.Sentence(err.Error())+advice)
	}
}

// Configure implements provider.Provider. It makes no request, and leaves the
// client out while a value is unknown: the endpoint may be made in the same apply.
func (p *Provider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var m providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	data := &plan.Data{Unknown: m.unknown(), Ledger: plan.NewLedger()}
	resp.ResourceData, resp.DataSourceData, resp.ListResourceData = data, data, data
	resp.ActionData, resp.EphemeralResourceData = data, data
	if len(data.Unknown) > 0 {
		return
	}
	cfg, modes := m.settings(ctx, os.Getenv, &resp.Diagnostics)
	cfg.Origin = originOf(os.Getenv, &resp.Diagnostics)
	if !resp.Diagnostics.HasError() {
		checkBackend(cfg, &resp.Diagnostics)
	}
	if modes.planValidation != plan.ValidationOff && !cfg.HasCredentials() && !resp.Diagnostics.HasError() {
		resp.Diagnostics.AddAttributeError(path.Root("token"), "No credentials", fmt.Sprintf(
			"token: found no credentials for %s, neither in the provider block nor in the environment. Expected a token (token or GALLEY_TOKEN), the "+
				"file of one (token_file or GALLEY_TOKEN_FILE), a user name and password (GALLEY_USERNAME and GALLEY_PASSWORD), or a workload "+
				"identity. If the backend is another one, set endpoint or GALLEY_ENDPOINT.", cmp.Or(cfg.Endpoint, client.DefaultEndpoint)))
	}
	if resp.Diagnostics.HasError() {
		return
	}
	data.Ledger.StrictV6 = modes.strictV6
	cfg.UserAgent = fmt.Sprintf("terraform-provider-galley/%s (terraform/%s; %s_%s)",
		p.version, req.TerraformVersion, runtime.GOOS, runtime.GOARCH)
	cfg.Log = func(ctx context.Context, msg string, fields map[string]any) { tflog.Debug(ctx, msg, fields) }
	c, err := client.New(cfg)
	if e, ok := errors.AsType[*client.PlainTextError](err); ok {
		resp.Diagnostics.AddAttributeError(path.Root("endpoint"), "Endpoint is not encrypted", value.Sentence("endpoint: "+e.Error()))
		return
	}
	if err != nil {
		resp.Diagnostics.AddError("Cannot configure the provider", value.Sentence(err.Error())+
			" Correct the provider block or its environment variables (GALLEY_…).")
		return
	}
	if c.InTheClear() {
		resp.Diagnostics.AddAttributeWarning(path.Root("endpoint"), "Endpoint is not encrypted", fmt.Sprintf(
			"endpoint: found %s, which is neither https nor this machine: whoever is between here and there can read and change what is sent, "+
				"credentials too. Give galleyd a certificate (--tls-cert), or put it behind a proxy that has one.", c.Endpoint()))
	}
	data.Ledger.ShareFor(c.Endpoint())
	data.Client, data.Refresh, data.Trouble, data.Origins = c, plan.NewRefresh(c), plan.NewTrouble(modes.onUnreachable), plan.NewOrigins(c)
	if modes.planValidation != plan.ValidationOff {
		data.Online = plan.NewOnline(c, modes.planValidation, data.Trouble)
	}
}

// unknown names the attributes that are not known yet, sorted.
func (m providerModel) unknown() []string {
	names := map[string]attr.Value{
		"endpoint": m.Endpoint, "username": m.Username, "password": m.Password, "token": m.Token,
		"token_file": m.TokenFile, "workload_identity": m.WorkloadIdentity,
		"auth_scheme": m.AuthScheme, "ca_cert_pem": m.CACertPEM, "client_cert_pem": m.ClientCertPEM,
		"client_key_pem": m.ClientKeyPEM, "insecure_skip_verify": m.InsecureSkipVerify,
		"request_timeout": m.RequestTimeout, "max_retries": m.MaxRetries,
		"max_concurrent_requests": m.MaxConcurrentRequests, "max_requests_per_second": m.MaxRequestsPerSecond,
		"plan_validation": m.PlanValidation, "on_unreachable": m.OnUnreachable, "strict_v6": m.StrictV6, "allowed_hosts": m.AllowedHosts,
	}
	maps.DeleteFunc(names, func(_ string, v attr.Value) bool { return !anyUnknown(v) })
	return slices.Sorted(maps.Keys(names))
}

// known is m without what is not known yet.
func (m providerModel) known() providerModel {
	for _, text := range []*types.String{
		&m.Endpoint, &m.Username, &m.Password, &m.Token, &m.TokenFile, &m.AuthScheme, &m.CACertPEM, &m.ClientCertPEM, &m.ClientKeyPEM,
		&m.RequestTimeout, &m.PlanValidation, &m.OnUnreachable,
	} {
		if text.IsUnknown() {
			*text = types.StringNull()
		}
	}
	for _, number := range []*types.Int64{&m.MaxRetries, &m.MaxConcurrentRequests} {
		if number.IsUnknown() {
			*number = types.Int64Null()
		}
	}
	if m.MaxRequestsPerSecond.IsUnknown() {
		m.MaxRequestsPerSecond = types.Float64Null()
	}
	if anyUnknown(m.AllowedHosts) {
		m.AllowedHosts = types.SetNull(types.StringType)
	}
	return m
}

// anyUnknown also looks at the elements of a set, and at the members of an object.
func anyUnknown(v attr.Value) bool {
	switch v := v.(type) {
	case types.Set:
		if !v.IsUnknown() {
			return slices.ContainsFunc(v.Elements(), attr.Value.IsUnknown)
		}
	case types.Dynamic:
		return !document.Known(value.Tree(v))
	}
	return v.IsUnknown()
}

// planModes say what becomes of what a plan finds out.
type planModes struct {
	planValidation, onUnreachable string
	strictV6                      bool
}

// settings joins the block, the environment and the defaults. It reports what does
// not parse by its attribute, never with the value of a secret.
func (m providerModel) settings(
	ctx context.Context, getenv func(string) string, diags *diag.Diagnostics,
) (cfg client.Config, modes planModes) {
	r := settingReader{getenv: getenv, diags: diags}
	cfg, modes = m.plain(ctx, r)
	m.credentials(r, &cfg)
	return cfg, modes
}

// plain are the settings without the credentials.
func (m providerModel) plain(ctx context.Context, r settingReader) (cfg client.Config, modes planModes) {
	diags := r.diags
	if m.Endpoint.ValueString() == "" && !m.Endpoint.IsNull() {
		diags.AddAttributeError(path.Root("endpoint"), "Invalid provider configuration",
			"endpoint: it is empty; expected a base URL such as https://galley.example.com. Leave it out for GALLEY_ENDPOINT or the default.")
	}
	cfg = client.Config{
		Endpoint:           r.text(m.Endpoint, "GALLEY_ENDPOINT"),
		AuthScheme:         r.word(m.AuthScheme, "auth_scheme", client.SchemeBearer, client.SchemeToken, client.SchemeBasic),
		CACertPEM:          r.text(m.CACertPEM, "GALLEY_CA_CERT_PEM"),
		ClientCertPEM:      r.text(m.ClientCertPEM, "GALLEY_CLIENT_CERT_PEM"),
		ClientKeyPEM:       r.text(m.ClientKeyPEM, "GALLEY_CLIENT_KEY_PEM"),
		InsecureSkipVerify: r.flag(m.InsecureSkipVerify, "insecure_skip_verify"),
		RequestTimeout:     r.duration(m.RequestTimeout, "request_timeout"),
	}
	if n, ok := r.integer(m.MaxRetries, "max_retries", 0); ok {
		cfg.MaxRetries = n
		if n == 0 {
			cfg.MaxRetries = -1
		}
	}
	if n, ok := r.integer(m.MaxConcurrentRequests, "max_concurrent_requests", 1); ok {
		cfg.MaxConcurrentRequests = n
	}
	cfg.MaxRequestsPerSecond = r.number(m.MaxRequestsPerSecond, "max_requests_per_second")
	value.CheckTexts(path.Root("allowed_hosts"), m.AllowedHosts, "a host such as galley.example.com", diags)
	if !m.AllowedHosts.IsNull() {
		var hosts []types.String
		diags.Append(m.AllowedHosts.ElementsAs(ctx, &hosts, false)...)
		for _, host := range hosts {
			cfg.AllowedHosts = append(cfg.AllowedHosts, host.ValueString())
		}
		if len(hosts) == 0 {
			diags.AddAttributeError(path.Root("allowed_hosts"), "Invalid provider configuration",
				"allowed_hosts: found no host, so that nothing could be talked to; expected at least one, such as galley.example.com. Leave it out "+
					"to allow any.")
		}
	} else if s := r.getenv(client.EnvName("allowed_hosts")); s != "" {
		for host := range strings.SplitSeq(s, ",") {
			cfg.AllowedHosts = append(cfg.AllowedHosts, strings.TrimSpace(host))
		}
	}
	return cfg, planModes{
		planValidation: r.word(m.PlanValidation, "plan_validation", plan.ValidationError, plan.ValidationWarn, plan.ValidationOff),
		onUnreachable:  r.word(m.OnUnreachable, "on_unreachable", plan.UnreachableFail, plan.UnreachableKeep),
		strictV6:       r.flag(m.StrictV6, "strict_v6"),
	}
}

// settingReader reads one setting after the other from the block or the environment.
type settingReader struct {
	getenv func(string) string
	diags  *diag.Diagnostics
}

func (r settingReader) text(v types.String, env string) string {
	if v.IsNull() {
		return r.getenv(env)
	}
	return v.ValueString()
}

// word is one of words; the first is the default.
func (r settingReader) word(v types.String, name string, words ...string) string {
	s := r.text(v, client.EnvName(name))
	if s == "" {
		return words[0]
	}
	if !slices.Contains(words, s) {
		r.invalid(name, s, fmt.Sprintf("one of %q", words))
	}
	return s
}

func (r settingReader) flag(v types.Bool, name string) bool {
	s := r.getenv(client.EnvName(name))
	if !v.IsNull() || s == "" {
		return v.ValueBool()
	}
	b, err := strconv.ParseBool(s)
	if err != nil {
		r.invalid(name, s, "true or false")
	}
	return b
}

func (r settingReader) integer(v types.Int64, name string, low int64) (n int, ok bool) {
	i := v.ValueInt64()
	if v.IsNull() {
		s := r.getenv(client.EnvName(name))
		if s == "" {
			return 0, false
		}
		var err error
		if i, err = strconv.ParseInt(s, 10, 32); err != nil {
			r.invalid(name, s, "a whole number")
			return 0, false
		}
	}
	if i < low {
		r.invalid(name, strconv.FormatInt(i, 10), fmt.Sprintf("a whole number of at least %d", low))
		return 0, false
	}
	return int(i), true
}

func (r settingReader) number(v types.Float64, name string) float64 {
	f := v.ValueFloat64()
	if v.IsNull() {
		s := r.getenv(client.EnvName(name))
		if s == "" {
			return 0
		}
		var err error
		if f, err = strconv.ParseFloat(s, 64); err != nil {
			r.invalid(name, s, "a number")
			return 0
		}
	}
	if f <= 0 {
		r.invalid(name, strconv.FormatFloat(f, 'g', -1, 64), "a number above 0")
	}
	return f
}

func (r settingReader) duration(v types.String, name string) time.Duration {
	s := r.text(v, client.EnvName(name))
	if s == "" {
		return 0
	}
	d, err := schedule.ParseDuration(s)
	if err != nil || d <= 0 {
		r.invalid(name, s, "a duration above 0 such as \"30s\" or \"PT30S\"")
	}
	return d
}

func (r settingReader) invalid(name, got, want string) {
	r.diags.AddAttributeError(path.Root(name), "Invalid provider configuration",
		fmt.Sprintf("%s (or the environment variable %s) is %q; it has to be %s.", name, client.EnvName(name), got, want))
}

package provider

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

const (
	identityVariable = "GALLEY_WORKLOAD_IDENTITY"
	tagVariable      = "GALLEY_WORKLOAD_IDENTITY_TAG"
)

var goodTag = regexp.MustCompile(`^[A-Za-z0-9_]+$`)

// way is a way to authenticate, by the argument that stands for it.
type way string

const (
	byPassword  way = "username"
	byToken     way = "token"
	byTokenFile way = "token_file"
	byIdentity  way = "workload_identity"
)

// text is what the way goes by.
func (w way) text() string {
	return map[way]string{byPassword: "a user name", byToken: "a token", byTokenFile: "the file of a token", byIdentity: "a workload identity"}[w]
}

// credentials reads those of one way to authenticate. The block decides between the ways
// if it names one, and otherwise the environment.
func (m providerModel) credentials(r settingReader, cfg *client.Config) {
	ways := m.ways()
	checkOne(ways, "argument", func(w way) string { return string(w) }, r.diags)
	if len(ways) == 0 {
		ways = r.waysOfEnvironment()
		checkOne(ways, "environment variable", func(w way) string { return client.EnvName(string(w)) }, r.diags)
	}
	if len(ways) != 1 {
		return
	}
	switch ways[0] {
	case byPassword:
		cfg.Username, cfg.Password = r.text(m.Username, "GALLEY_USERNAME"), r.text(m.Password, "GALLEY_PASSWORD")
	case byToken:
		cfg.Token = r.text(m.Token, "GALLEY_TOKEN")
	case byTokenFile:
		cfg.TokenFile = r.text(m.TokenFile, "GALLEY_TOKEN_FILE")
	case byIdentity:
		m.identity(r, cfg)
	}
}

// ways are those that the block is known to name.
func (m providerModel) ways() (out []way) {
	for _, w := range []struct {
		way       way
		arguments []attr.Value
	}{
		{byPassword, []attr.Value{m.Username, m.Password}}, {byToken, []attr.Value{m.Token}}, {byTokenFile, []attr.Value{m.TokenFile}},
		{byIdentity, []attr.Value{m.WorkloadIdentity}},
	} {
		if slices.ContainsFunc(w.arguments, func(v attr.Value) bool { return !value.IsNull(v) && !value.IsUnknown(v) }) {
			out = append(out, w.way)
		}
	}
	return out
}

// waysOfEnvironment are those that the environment names. A token goes before a user, and
// with a workload identity the file is that of the issuer's token.
func (r settingReader) waysOfEnvironment() (out []way) {
	isIdentity := r.flag(types.BoolNull(), string(byIdentity))
	if r.getenv(identityVariable) == "" {
		isIdentity = r.getenv(tagVariable) != ""
	}
	hasToken := r.getenv("GALLEY_TOKEN") != ""
	if !hasToken && (r.getenv("GALLEY_USERNAME") != "" || r.getenv("GALLEY_PASSWORD") != "") {
		out = append(out, byPassword)
	}
	if hasToken {
		out = append(out, byToken)
	}
	if !isIdentity && r.getenv("GALLEY_TOKEN_FILE") != "" {
		out = append(out, byTokenFile)
	}
	if isIdentity {
		out = append(out, byIdentity)
	}
	return out
}

// checkOne refuses more than one way, at all but the first of them.
func checkOne(ways []way, what string, name func(way) string, diags *diag.Diagnostics) {
	for i, w := range ways {
		if i > 0 {
			diags.AddAttributeError(path.Root(string(w)), "More than one kind of credentials", fmt.Sprintf(
				"%s: found the %s %s as well. Both %s and %s are set: keep one of them. What the provider block says goes before the environment.",
				name(w), what, name(ways[0]), w.text(), ways[0].text()))
		}
	}
}

// identityShape describes the argument workload_identity.
func identityShape() document.Shape {
	text := document.Simple(document.Text)
	return document.ObjectOf(
		document.Member{Name: "tag", Shape: text,
			Doc: "Which of several tokens: `TFC_WORKLOAD_IDENTITY_TOKEN_<tag>`. Default: `TFC_WORKLOAD_IDENTITY_TOKEN`. " +
				"Environment: `GALLEY_WORKLOAD_IDENTITY_TAG`."},
		document.Member{Name: "token_file", Shape: text,
			Doc: "File that has the token, for runners other than Terraform Cloud's. It is read at the first request, and again " +
				"when the login has expired. Environment: `GALLEY_TOKEN_FILE`."},
	)
}

// textOf is a member of a document; null if it is left out.
func textOf(read any, name string) types.String {
	members, _ := read.(map[string]any)
	if text, given := members[name].(string); given {
		return types.StringValue(text)
	}
	return types.StringNull()
}

// identity finds the token of the runner.
func (m providerModel) identity(r settingReader, cfg *client.Config) {
	at := path.Root(string(byIdentity))
	var block any
	if !value.IsNull(m.WorkloadIdentity) {
		var problems []document.Problem
		block, problems = identityShape().Read(value.Tree(m.WorkloadIdentity))
		if value.AddShapeProblems(r.diags, at, identityShape(), "Invalid provider configuration", problems); len(problems) > 0 {
			return // they were not known before
		}
	}
	blockTag, blockFile := textOf(block, "tag"), textOf(block, "token_file")
	tag, file := r.text(blockTag, tagVariable), r.text(blockFile, "GALLEY_TOKEN_FILE")
	switch {
	case !blockFile.IsNull() && !blockTag.IsNull():
		r.diags.AddAttributeError(at.AtName("token_file"), "More than one token of a workload identity",
			"workload_identity.token_file: found tag as well, which is for a token in the environment; keep one of them.")
		return
	case !blockFile.IsNull() || blockTag.IsNull() && file != "":
		cfg.IdentityTokenFile = file
	case tag != "" && !goodTag.MatchString(tag):
		r.diags.AddAttributeError(at.AtName("tag"), "Invalid provider configuration", fmt.Sprintf(
			"workload_identity.tag (or the environment variable %s) is %q; it has to be of letters, digits and underscores, as in "+
				"the name of the variable TFC_WORKLOAD_IDENTITY_AUDIENCE_<TAG>.", tagVariable, tag))
		return
	default:
		cfg.IdentityToken = strings.TrimSpace(r.getenv(joined(client.RunnerToken, tag)))
	}
	if cfg.IdentityToken == "" && cfg.IdentityTokenFile == "" {
		r.diags.AddAttributeError(at, "No token of a workload identity", fmt.Sprintf(
			"workload_identity: found nothing in the environment variable %s, expected the token of this run. In Terraform Cloud set the "+
				"variable %s of the workspace to the audience that galleyd expects, and start another run; elsewhere name the file that has the "+
				"token with token_file.", joined(client.RunnerToken, tag), joined("TFC_WORKLOAD_IDENTITY_AUDIENCE", tag)))
	}
}

func joined(variable, tag string) string {
	if tag == "" {
		return variable
	}
	return variable + "_" + tag
}

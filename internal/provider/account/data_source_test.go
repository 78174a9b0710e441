package account_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// rows is what a data source shows of an attribute of its results.
func rows(address, attribute string, want ...string) statecheck.StateCheck {
	var elements []knownvalue.Check
	for _, w := range want {
		elements = append(elements, knownvalue.ObjectPartial(map[string]knownvalue.Check{attribute: knownvalue.StringExact(w)}))
	}
	return statecheck.ExpectKnownValue(address, tfjsonpath.New("results"), knownvalue.ListExact(elements))
}

func TestAccListsOfUsersAndTokens(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	ctx := t.Context()
	const password = "a password of many words"
	ann, err := s.Client.CreateUser(ctx, api.UserCreate{Username: "ann", Role: "viewer", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"old", "ci"} {
		if _, err := s.Client.CreateToken(ctx, api.APITokenCreate{Name: name, Username: "ann"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Client.CreateUser(ctx, api.UserCreate{Username: "robot", Role: "operator"}); err != nil {
		t.Fatal(err)
	}
	tokens := onlyTokens(ctx, t, s)
	if err := s.Client.RevokeToken(ctx, tokens["old"]); err != nil {
		t.Fatal(err)
	}
	asAnn := fmt.Sprintf("provider \"galley\" {\n  endpoint = %q\n  username = \"ann\"\n  password = %q\n}\n", s.URL, password)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{
				Config: providertest.ProviderBlock(s) + providertest.FiltersOfUsers + providertest.FiltersOfTokens,
				ConfigStateChecks: []statecheck.StateCheck{
					rows("data.galley_users.all", "name", s.Username, "ann", "robot"),
					rows("data.galley_users.some", "role", "operator", "viewer"),
					rows("data.galley_users.disabled", "name"),
					rows("data.galley_tokens.all", "name", "servertest", "old", "ci"),
					rows("data.galley_tokens.good", "name", "ci"),
					rows("data.galley_tokens.named", "username", "ann"),
					rows("data.galley_tokens.logins", "username", s.Username),
				},
			},
			{ // Everybody sees tokens of his own.
				Config: asAnn + providertest.FiltersOfTokens,
				ConfigStateChecks: []statecheck.StateCheck{
					rows("data.galley_tokens.all", "name", "old", "ci"), rows("data.galley_tokens.logins", "username", "ann"),
				},
			},
			{Config: asAnn + providertest.FiltersOfUsers, ExpectError: providertest.Words("The user of the provider may not do this")},
			{
				PreConfig: func() {
					if _, err := s.Client.EditUser(ctx, ann.ID, api.UserEdit{IsActive: new(false)}); err != nil {
						t.Fatal(err)
					}
				},
				Config:            providertest.ProviderBlock(s) + providertest.FiltersOfUsers,
				ConfigStateChecks: []statecheck.StateCheck{rows("data.galley_users.disabled", "name", "ann")},
			},
		},
	})
}

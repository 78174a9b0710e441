package account_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

const userAddress = "galley_user.ann"

func stateIs(address, attribute string, want knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(attribute), want)
}

// userConfig is the user ann with these arguments.
func userConfig(s *servertest.Server, arguments ...string) string {
	return providertest.ProviderBlock(s) + "resource \"galley_user\" \"ann\" {\n  name = \"ann\"\n" + strings.Join(arguments, "\n") + "\n}\n"
}

// mustFindUser is a user as the server has it.
func mustFindUser(t *testing.T, s *servertest.Server, name string) api.User {
	t.Helper()
	found, err := s.Client.Users(t.Context(), client.UserQuery{Usernames: []string{name}})
	if err != nil || len(found) != 1 {
		t.Fatalf("users named %q: got %v, %v", name, found, err)
	}
	return found[0]
}

// editUser changes ann behind Terraform's back.
func editUser(t *testing.T, s *servertest.Server, edit api.UserEdit) func() {
	return func() {
		t.Helper()
		if _, err := s.Client.EditUser(t.Context(), mustFindUser(t, s, "ann").ID, edit); err != nil {
			t.Fatal(err)
		}
	}
}

func deleteUser(t *testing.T, s *servertest.Server) func() {
	return func() {
		t.Helper()
		if err := s.Client.DeleteUser(t.Context(), mustFindUser(t, s, "ann").ID); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAccUserFromCreateToDestroy(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	updates := providertest.ExpectAction(userAddress, plancheck.ResourceActionUpdate)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		CheckDestroy: func(*terraform.State) error {
			all, err := s.Client.Users(providertest.Context(), client.UserQuery{})
			if err == nil && (len(all) != 1 || all[0].Username != s.Username) {
				err = fmt.Errorf("the server has still %v", all)
			}
			return err
		},
		Steps: []resource.TestStep{
			{
				Config: userConfig(s, `role = "viewer"`),
				ConfigStateChecks: []statecheck.StateCheck{
					stateIs(userAddress, "role", knownvalue.StringExact("viewer")), stateIs(userAddress, "is_active", knownvalue.Bool(true)),
					stateIs(userAddress, "has_password", knownvalue.Bool(false)), stateIs(userAddress, "id", knownvalue.NotNull()),
					stateIs(userAddress, "created", knownvalue.NotNull()), stateIs(userAddress, "disabled", knownvalue.Null()),
				},
			},
			{
				Config: userConfig(s, `role = "editor"`, "is_active = false"), ConfigPlanChecks: updates,
				ConfigStateChecks: []statecheck.StateCheck{stateIs(userAddress, "disabled", knownvalue.NotNull())},
			},
			{ResourceName: userAddress, ImportState: true, ImportStateId: "ann", ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "name"},
			{ResourceName: userAddress, ImportState: true, ImportStateId: "nobody", ExpectError: providertest.Words("Cannot import non-existent remote object")},
			// Drift of every argument, and of the user itself.
			{PreConfig: editUser(t, s, api.UserEdit{Role: new("admin")}), Config: userConfig(s, `role = "editor"`, "is_active = false"), ConfigPlanChecks: updates},
			{PreConfig: editUser(t, s, api.UserEdit{IsActive: new(true)}), Config: userConfig(s, `role = "editor"`, "is_active = false"), ConfigPlanChecks: updates},
			{
				PreConfig: deleteUser(t, s), Config: userConfig(s, `role = "editor"`, "is_active = false"),
				ConfigPlanChecks:  providertest.ExpectAction(userAddress, plancheck.ResourceActionCreate),
				ConfigStateChecks: []statecheck.StateCheck{stateIs(userAddress, "is_active", knownvalue.Bool(false))},
			},
			{
				Config: userConfig(s, `role = "editor"`), ConfigPlanChecks: updates,
				ConfigStateChecks: []statecheck.StateCheck{stateIs(userAddress, "disabled", knownvalue.Null())},
			},
			{
				Config:           strings.Replace(userConfig(s, `role = "editor"`), `name = "ann"`, `name = "anna"`, 1),
				ConfigPlanChecks: providertest.ExpectAction(userAddress, plancheck.ResourceActionReplace),
			},
		},
	})
}

func TestAccUserThatIsRefused(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	refused := func(arguments, want string) resource.TestStep {
		return resource.TestStep{Config: userConfig(s, arguments), PlanOnly: true, ExpectError: providertest.Words(want)}
	}
	admin := func(arguments string) string {
		return providertest.ProviderBlock(s) + "resource \"galley_user\" \"ann\" {\n  name = \"admin\"\n" + arguments + "\n}\n"
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			refused(`role = "king"`, `role: unknown role "king": expected one of viewer, operator, editor, admin`),
			{
				Config:   strings.Replace(userConfig(s, `role = "viewer"`), `name = "ann"`, `name = "a b"`, 1),
				PlanOnly: true, ExpectError: providertest.Words(`name: bad user name "a b": expected 1 to 150 letters`),
			},
			{
				Config:      admin(`role = "admin"`),
				ExpectError: providertest.Words(`If there is a user "admin" already, choose another name, or manage that one: terraform import galley_user.<label> admin`),
			},
			{Config: admin(`role = "admin"`), ResourceName: userAddress, ImportState: true, ImportStateId: "admin", ImportStatePersist: true},
			{Config: admin("role = \"admin\"\nis_active = false"), ExpectError: providertest.Words("is the only administrator that is not disabled")},
			{Config: providertest.ProviderBlock(s) + "removed {\n  from = galley_user.ann\n  lifecycle {\n    destroy = false\n  }\n}\n"},
		},
	})
}

// mustLogIn checks whether a password is right.
func loginIs(s *servertest.Server, password string, right bool) resource.TestCheckFunc {
	return func(*terraform.State) error {
		_, err := s.Client.LogIn(providertest.Context(), "ann", password)
		if right && err != nil || !right && !api.IsUnauthorized(err) {
			return fmt.Errorf("logging in as ann: got %w, want success: %t", err, right)
		}
		return nil
	}
}

func TestAccUserWithPassword(t *testing.T) {
	t.Parallel()
	providertest.NeedEngine(t, tfversion.Version1_11_0, providertest.Tofu1_11, "write-only arguments")
	s := servertest.New(t, servertest.Options{Workers: -1})
	config := func(password, version string, more ...string) string {
		arguments := []string{`role = "viewer"`}
		if password != "" {
			arguments = append(arguments, fmt.Sprintf("password_wo = %q", password))
		}
		if version != "" {
			arguments = append(arguments, "password_wo_version = "+version)
		}
		return userConfig(s, append(arguments, more...)...)
	}
	const first, second = "correct horse battery", "staple of many words"
	updates := providertest.ExpectAction(userAddress, plancheck.ResourceActionUpdate)
	hasPassword := []statecheck.StateCheck{stateIs(userAddress, "has_password", knownvalue.Bool(true)), stateIs(userAddress, "password_wo", knownvalue.Null())}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: config(first, ""), PlanOnly: true, ExpectError: providertest.Words("password_wo_version: found nothing, expected a number beside password_wo")},
			{Config: config("", "1"), PlanOnly: true, ExpectError: providertest.Words("password_wo: found nothing, expected the password beside password_wo_version")},
			{Config: config("short", "1"), PlanOnly: true, ExpectError: providertest.Words("password_wo: the password has 5 characters: expected at least 8")},
			{
				Config: config(first, "1"), ConfigStateChecks: hasPassword,
				Check: resource.ComposeTestCheckFunc(loginIs(s, first, true), providertest.Nowhere(first)),
			},
			{Config: config(second, "1"), ConfigPlanChecks: providertest.ExpectEmptyPlans(), Check: loginIs(s, first, true)},
			{
				Config: config(second, "2"), ConfigPlanChecks: updates, ConfigStateChecks: hasPassword,
				Check: resource.ComposeTestCheckFunc(loginIs(s, first, false), loginIs(s, second, true), providertest.Nowhere(second)),
			},
			{ // Another change says nothing of the password.
				PreConfig: editUser(t, s, api.UserEdit{Password: new("set by hand on the server")}),
				Config:    config(second, "2", "is_active = true"), ConfigPlanChecks: providertest.ExpectEmptyPlans(),
				Check: loginIs(s, "set by hand on the server", true),
			},
			{ // Nor can it be taken away.
				Config: config("", ""), ConfigPlanChecks: updates, ConfigStateChecks: hasPassword, Check: loginIs(s, "set by hand on the server", true),
			},
		},
	})
}

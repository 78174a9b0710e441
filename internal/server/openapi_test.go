package server_test

import (
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func mustDocument(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := servertest.Document()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestOpenAPIHasEveryRoute: neither the document nor the server has a method of a path,
// or a role for it, that the other does not have.
func TestOpenAPIHasEveryRoute(t *testing.T) {
	t.Parallel()
	got, want := map[string]string{}, map[string]string{}
	for path, item := range mustDocument(t).Paths.Map() {
		for method, operation := range item.Operations() {
			got[method+" "+path], _ = operation.Extensions["x-galley-role"].(string)
			open := operation.Security != nil && len(*operation.Security) == 0
			if open != (got[method+" "+path] == "anyone") {
				t.Errorf("%s %s is for %s, which does not fit its security", method, path, got[method+" "+path])
			}
		}
	}
	seven := map[string]string{}
	for _, rt := range server.RouteTable() {
		for method, role := range rt.Roles {
			if rest, isSeven := strings.CutPrefix(rt.Path, "/v7/"); isSeven {
				seven[method+" /v6/"+rest] = role
				continue
			}
			want[method+" "+strings.Replace(rt.Path, "...}", "}", 1)] = role
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("routes (-server +document):\n%s", diff)
	}
	for route, role := range seven {
		if want[route] != role {
			t.Errorf("%s is not the same below /v7, which the document says", route)
		}
	}
}

func TestOpenAPIIsServed(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	resp, body := s.Do(t, "GET", "/openapi.yaml", http.Header{"Authorization": {""}}, nil)
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/yaml" || string(body) != api.OpenAPI() {
		t.Errorf("got %d, %s with %d bytes, want 200 and the document", resp.StatusCode, resp.Header.Get("Content-Type"), len(body))
	}
	resp, body = s.Do(t, "HEAD", "/openapi.yaml", http.Header{"Authorization": {""}}, nil)
	if resp.StatusCode != 200 || len(body) != 0 {
		t.Errorf("HEAD: got %d with %d bytes, want 200 and nothing", resp.StatusCode, len(body))
	}
}

// TestOpenAPIHasTheAnswersOfPackageAPI: what is answered has exactly the members of
// the types that client and server share, also where no test sees them.
func TestOpenAPIHasTheAnswersOfPackageAPI(t *testing.T) {
	t.Parallel()
	schemas := mustDocument(t).Components.Schemas
	for _, value := range []any{
		api.Finding{}, api.Validation{}, api.Ref{}, api.Event{}, api.Version{}, api.Token{},
		api.RecipeTypeBase{}, api.RecipeType{}, api.RecipeTypeListed{}, api.RecipeTypeDetail{}, api.JobTypeNameVersion{},
		api.RecipeTypeRevRef{}, api.RecipeTypeRevision{}, api.RecipeTypeRevisionDetail{}, api.RecipeTypeEdited{},
		api.RecipeBase{}, api.Recipe{}, api.RecipeDetail{}, api.RecipeInstance{}, api.NodeInstance{}, api.NodeDependency{},
		api.JobTypeBase{}, api.JobType{}, api.JobTypeDetail{}, api.JobTypeName{}, api.JobTypeRevRef{}, api.JobTypeRevision{},
		api.JobTypeRevisionDetail{}, api.JobBase{}, api.Job{}, api.JobDetail{}, api.JobExecution{}, api.JobExecutionDetail{},
		api.JobError{}, api.Node{}, api.LogLine{}, api.FileWorkspace{}, api.File{}, api.FileDetail{}, api.Workspace{},
		api.WorkspaceDetail{}, api.WorkspaceConfiguration{}, api.Broker{}, api.RecipeTypeValidation{}, api.Diff{}, api.NodeDiff{},
		api.QueueStatus{}, api.JobTypeStatus{}, api.JobStatusCount{}, api.JobTypePending{}, api.JobTypeRunning{},
		api.JobTypeFailures{}, api.Status{}, api.Scheduler{}, api.SchedulerState{}, api.JobTypeActive{}, api.Profile{}, api.User{}, api.APIToken{}, api.APITokenCreated{}, api.AuditEntry{}, api.Origin{}, api.WorkloadLogin{},
		api.Kitchens{}, api.KitchenDetail{}, api.KitchenAlerts{}, api.KitchenRecipeNames{}, api.KitchenRecipeFiles{}, api.KitchenRecipeFile{},
		api.BatchBase{}, api.Batch{}, api.BatchDetail{}, api.BatchJobMetrics{}, api.BatchComparison{}, api.BatchValidation{}, api.BatchToFollowOn{},
		api.Dataset{}, api.DatasetDetail{}, api.DatasetMemberBase{}, api.DatasetMember{}, api.DatasetMemberDetail{}, api.DatasetFile{}, api.ScaleFile{},
		api.DatasetMemberFile{}, api.FileContents{}, api.Done{}, api.UserInfo{}, api.OrderCreated{}, api.OrderList{}, api.OrderListFlat{}, api.OrderListStructured{},
		api.Order{}, api.OrderStructured{}, api.OrderRuns{}, api.OrderRun{}, api.OrderRunStructured{}, api.Timings{}, api.TimingsStructured{},
		api.OrderServings{}, api.OrderDetails{}, api.OrderRunDetail{}, api.RunSummary{}, api.RunNode{}, api.RunLog{}, api.RunLogLine{},
		api.RunLogExport{}, api.Kitchen{}, api.KitchenSettings{},
		api.Strike{}, api.StrikeDetail{}, api.Scan{}, api.ScanDetail{}, api.ScanCanceled{}, api.Ingest{}, api.IngestDetail{}, api.IngestFile{}, api.IngestStrike{},
		api.IngestScan{}, api.IngestStatus{}, api.IngestsHour{},
	} {
		typ := reflect.TypeOf(value)
		schema := schemas[typ.Name()]
		if schema == nil {
			t.Errorf("the document has no schema %s", typ.Name())
			continue
		}
		got := map[string]string{}
		for name, property := range schema.Value.Properties {
			got[name] = memberOf(property.Value.Nullable, slices.Contains(schema.Value.Required, name))
		}
		if diff := cmp.Diff(membersOf(typ), got); diff != "" {
			t.Errorf("%s (-package api +document):\n%s", typ.Name(), diff)
		}
		_, isOpen := typ.FieldByName("Extra") // members of clients are kept
		if closed := schema.Value.AdditionalProperties; !isOpen && (closed.Has == nil || *closed.Has) {
			t.Errorf("%s may have members that are not documented", typ.Name())
		}
	}
}

// TestOpenAPIHasTheRequestsOfPackageAPI: what the client can send is documented.
func TestOpenAPIHasTheRequestsOfPackageAPI(t *testing.T) {
	t.Parallel()
	schemas := mustDocument(t).Components.Schemas
	for _, value := range []any{
		api.Credentials{}, api.OriginClaim{}, api.RecipeTypeCreate{}, api.RecipeTypeEdit{}, api.RecipeCreate{}, api.JobTypeCreate{}, api.JobTypeEdit{},
		api.JobFilter{}, api.FileUpload{}, api.WorkspaceCreate{}, api.WorkspaceEdit{}, api.RecipeTypeValidate{},
		api.RecipeReprocess{}, api.JobTypeValidate{}, api.JobCreate{}, api.JobRequeue{}, api.WorkspaceValidate{},
		api.KitchenCreate{}, api.KitchenUpdate{}, api.KitchenRecipeGet{}, api.KitchenRecipeCreate{}, api.KitchenRecipeUpdate{},
		api.BatchCreate{}, api.BatchEdit{}, api.DatasetCreate{}, api.DatasetAdd{}, api.DatasetValidate{},
		api.UserCreate{}, api.UserEdit{}, api.APITokenCreate{}, api.APITokenEdit{}, api.WorkloadLoginRequest{},
		api.KitchenFileChange{}, api.OrderCreate{}, api.OrderQuery{}, api.OrderRunsQuery{}, api.OrderRef{}, api.OrderDetailsQuery{},
		api.StrikeCreate{}, api.StrikeEdit{}, api.ScanCreate{}, api.ScanEdit{}, api.ScanProcess{}, api.ArrivalValidate{},
	} {
		typ := reflect.TypeOf(value)
		for name := range membersOf(typ) {
			if schema := schemas[typ.Name()]; schema == nil || schema.Value.Properties[name] == nil {
				t.Errorf("the document has no %s.%s", typ.Name(), name)
			}
		}
	}
}

func memberOf(nullable, required bool) string {
	words := []string{"optional", "not null"}
	if required {
		words[0] = "required"
	}
	if nullable {
		words[1] = "nullable"
	}
	return strings.Join(words, ", ")
}

// nullableRaw are the members of raw JSON that are null without a value.
func nullableRaw() []string { return []string{"RecipeDetail", "JobDetail", "JobExecutionDetail"} }

// membersOf are the JSON members of a struct, those of embedded structs as well.
func membersOf(typ reflect.Type) map[string]string {
	out := map[string]string{}
	for _, f := range reflect.VisibleFields(typ) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue // embedded: its members come by themselves; or not in the body
		}
		nullable := f.Type.Kind() == reflect.Pointer || typ == reflect.TypeFor[api.KitchenAlerts]() || f.Name == "Configuration" && slices.Contains(nullableRaw(), typ.Name())
		out[name] = memberOf(nullable, !strings.Contains(options, "omitempty"))
	}
	return out
}

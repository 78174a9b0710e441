package server

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/dkapi"
	web "github.com/recipe-galley/terraform-provider-galley/internal/server/page"
)

// Paths that may be taken for another one, as /scans/{id}/process/ of a scan named cancel, which a mux does not take beside them.
const (
	scanCancel = "/scans/cancel/{id}/"
	ofMember   = "/datasets/members/{id}/"
)

// v6Routes are the services of contract scale-v6, section 1, which are served alike
// below /v6 and /v7. Every path ends in a slash.
func (s *Server) v6Routes() []route {
	get, post, put, patch, del := http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete
	return []route{
		{"/version/", map[string]endpoint{get: {role: auth.Anyone, handle: s.getV6Version}}},
		{"/status/", map[string]endpoint{get: {role: auth.Viewer, handle: s.getStatus}}},
		{"/queue/status/", map[string]endpoint{get: {role: auth.Viewer, handle: s.getQueueStatus}}},
		{"/accounts/profile/", map[string]endpoint{get: {role: auth.Viewer, handle: s.getProfile}}},
		{"/accounts/users/", map[string]endpoint{
			get: {role: auth.Admin, handle: s.listAccounts}, post: {role: auth.Admin, handle: s.createAccount}}},
		{"/accounts/users/{id}/", map[string]endpoint{
			get: {role: auth.Viewer, handle: s.getAccount}, patch: {role: auth.Admin, handle: s.editAccount},
			put: {role: auth.Admin, handle: s.replaceAccount}, del: {role: auth.Admin, handle: s.deleteUser}}},
		{"/users/", map[string]endpoint{
			get: {role: auth.Admin, handle: s.listUsers}, post: {role: auth.Admin, handle: s.createUser}}},
		{"/users/{id}/", map[string]endpoint{
			get: {role: auth.Admin, handle: s.getUser}, patch: {role: auth.Admin, handle: s.editUser}, del: {role: auth.Admin, handle: s.deleteUser}}},
		{"/login/workload/", map[string]endpoint{post: {role: auth.Anyone, handle: s.loginWorkload}}},
		{"/origins/", map[string]endpoint{get: {role: auth.Viewer, handle: s.listOrigins}}}, // ours
		{"/origins/claim/", map[string]endpoint{post: {role: auth.Viewer, handle: s.claimOrigin}}},
		{"/origins/release/", map[string]endpoint{post: {role: auth.Operator, handle: s.releaseOrigin}}},
		{"/audit/", map[string]endpoint{get: {role: auth.Admin, handle: s.listAudit}}},
		{"/tokens/", map[string]endpoint{
			get: {role: auth.Viewer, handle: s.listTokens}, post: {role: auth.Viewer, handle: s.createToken}}},
		{"/tokens/{id}/", map[string]endpoint{
			get: {role: auth.Viewer, handle: s.getToken}, patch: {role: auth.Viewer, handle: s.editToken}, del: {role: auth.Viewer, handle: s.revokeAPIToken}}},

		{"/workspaces/", map[string]endpoint{
			get: {role: auth.Viewer, handle: s.listWorkspaces}, post: {role: auth.Editor, handle: s.createWorkspace}}},
		{"/host-folders/", map[string]endpoint{get: {role: auth.Editor, handle: s.getHostFolders}}}, // ours
		{"/workspaces/validation/", map[string]endpoint{post: {role: auth.Viewer, reads: true, handle: s.validateWorkspace}}},
		{"/workspaces/{id}/", map[string]endpoint{
			get: {role: auth.Viewer, handle: s.getWorkspace}, patch: {role: auth.Editor, handle: s.editWorkspace}}},

		{"/strikes/", map[string]endpoint{
			get: {role: auth.Viewer, handle: s.listStrikes}, post: {role: auth.Editor, handle: s.createStrike}}},
		{"/strikes/validation/", map[string]endpoint{post: {role: auth.Viewer, reads: true, handle: s.validateStrike}}},
		{"/strikes/{id}/", map[string]endpoint{
			get: {role: auth.Viewer, handle: s.getStrike}, patch: {role: auth.Editor, handle: s.editStrike}}},
		{"/scans/", map[string]endpoint{
			get: {role: auth.Viewer, handle: s.listScans}, post: {role: auth.Editor, handle: s.createScan}}},
		{"/scans/validation/", map[string]endpoint{post: {role: auth.Viewer, reads: true, handle: s.validateScan}}},
		{"/scans/{id}/", map[string]endpoint{
			get: {role: auth.Viewer, handle: s.getScan}, patch: {role: auth.Editor, handle: s.editScan}}},
		{"/scans/{id}/process/", map[string]endpoint{post: {role: auth.Operator, handle: s.processScan}}},
		{scanCancel, map[string]endpoint{post: {role: auth.Operator, handle: s.cancelScan}}},
		{"/ingests/", map[string]endpoint{get: {role: auth.Viewer, handle: s.listIngests}}},
		{"/ingests/status/", map[string]endpoint{get: {role: auth.Viewer, handle: s.getIngestStatus}}},
		{"/ingests/{id}/", map[string]endpoint{get: {role: auth.Viewer, handle: s.getIngest}}},
		{"/ingests/{id}/jobs/", map[string]endpoint{get: {role: auth.Viewer, handle: s.listIngestJobs}}},

		{"/files/", map[string]endpoint{
			get: {role: auth.Viewer, handle: s.listFiles}, post: {role: auth.Operator, body: rawBody, handle: s.uploadFile}}},
		{"/files/purge-source/", map[string]endpoint{post: {role: auth.Operator, handle: s.purgeSource}}},
		{"/files/{id}/", map[string]endpoint{get: {role: auth.Viewer, handle: s.getFile}}},
		{"/files/{id}/content/", map[string]endpoint{get: {role: auth.Viewer, handle: s.getFileContent}}},

		{"/datasets/", map[string]endpoint{
			get: {role: auth.Viewer, handle: s.listDatasets}, post: {role: auth.Operator, handle: s.createDataset}}},
		{"/datasets/validation/", map[string]endpoint{post: {role: auth.Viewer, reads: true, handle: s.validateDataset}}},
		{"/datasets/{id}/", map[string]endpoint{
			get: {role: auth.Viewer, handle: s.getDataset}, post: {role: auth.Operator, handle: s.addDatasetMembers}}},
		{"/datasets/{id}/members/", map[string]endpoint{get: {role: auth.Viewer, handle: s.listDatasetMembers}}},
		{ofMember, map[string]endpoint{get: {role: auth.Viewer, handle: s.getDatasetMember}}},

		{"/batches/", map[string]endpoint{
			get: {role: auth.Viewer, handle: s.listBatches}, post: {role: auth.Operator, handle: s.createBatch}}},
		{"/batches/validation/", map[string]endpoint{post: {role: auth.Viewer, reads: true, handle: s.validateBatch}}},
		{"/batches/comparison/{id}/", map[string]endpoint{get: {role: auth.Viewer, handle: s.compareBatches}}},
		{"/batches/{id}/", map[string]endpoint{
			get: {role: auth.Viewer, handle: s.getBatch}, patch: {role: auth.Operator, handle: s.editBatch}}},

		{"/job-type-names/", map[string]endpoint{get: {role: auth.Viewer, handle: s.listJobTypeNames}}},
		{"/job-types/", map[string]endpoint{
			get: {role: auth.Viewer, handle: s.listJobTypes}, post: {role: auth.Editor, handle: s.createJobType}}},
		{"/job-types/validation/", map[string]endpoint{post: {role: auth.Viewer, reads: true, handle: s.validateJobType}}},
		{"/job-types/status/", map[string]endpoint{get: {role: auth.Viewer, handle: s.listJobTypeStatus}}},
		{"/job-types/pending/", map[string]endpoint{get: {role: auth.Viewer, handle: s.listPendingJobTypes}}},
		{"/job-types/running/", map[string]endpoint{get: {role: auth.Viewer, handle: s.listRunningJobTypes}}},
		{"/job-types/system-failures/", map[string]endpoint{get: {role: auth.Viewer, handle: s.listSystemFailures}}},
		{"/job-types/{name}/", map[string]endpoint{get: {role: auth.Viewer, handle: s.listJobTypeVersions}}},
		{"/job-types/{name}/{version}/", map[string]endpoint{
			get: {role: auth.Viewer, handle: s.getJobType}, patch: {role: auth.Editor, handle: s.editJobType}}},
		{"/job-types/{name}/{version}/revisions/", map[string]endpoint{get: {role: auth.Viewer, handle: s.listJobTypeRevisions}}},
		{"/job-types/{name}/{version}/revisions/{num}/", map[string]endpoint{get: {role: auth.Viewer, handle: s.getJobTypeRevision}}},

		{"/recipe-types/", map[string]endpoint{
			get: {role: auth.Viewer, handle: s.listRecipeTypes}, post: {role: auth.Editor, handle: s.createRecipeType}}},
		{"/recipe-types/validation/", map[string]endpoint{post: {role: auth.Viewer, reads: true, handle: s.validateRecipeType}}},
		{"/recipe-types/{name}/", map[string]endpoint{
			get: {role: auth.Viewer, handle: s.getRecipeType}, patch: {role: auth.Editor, handle: s.editRecipeType}}},
		{"/recipe-types/{name}/revisions/", map[string]endpoint{get: {role: auth.Viewer, handle: s.listRecipeTypeRevisions}}},
		{"/recipe-types/{name}/revisions/{num}/", map[string]endpoint{get: {role: auth.Viewer, handle: s.getRecipeTypeRevision}}},
		{"/recipe-types/{name}/revisions/{from}/diff/{to}/", map[string]endpoint{get: {role: auth.Viewer, handle: s.diffRecipeType}}},

		{"/recipes/", map[string]endpoint{
			get: {role: auth.Viewer, handle: s.listRecipes}, post: {role: auth.Operator, handle: s.createRecipe}}},
		{"/recipes/{id}/", map[string]endpoint{get: {role: auth.Viewer, handle: s.getRecipe}}},
		{"/recipes/{id}/input_files/", map[string]endpoint{get: {role: auth.Viewer, handle: s.listRecipeInputFiles}}},
		{"/recipes/{id}/reprocess/", map[string]endpoint{post: {role: auth.Operator, handle: s.reprocessRecipe}}},
		{"/recipes/{id}/events/", map[string]endpoint{get: {role: auth.Viewer, handle: s.streamRecipe}}},

		{"/jobs/", map[string]endpoint{
			get: {role: auth.Viewer, handle: s.listJobs}, post: {role: auth.Operator, handle: s.createJob}}},
		{"/jobs/cancel/", map[string]endpoint{post: {role: auth.Operator, body: jsonBody, handle: s.cancelJobs}}},
		{"/jobs/requeue/", map[string]endpoint{post: {role: auth.Operator, body: jsonBody, handle: s.requeueJobs}}},
		{"/jobs/{id}/", map[string]endpoint{get: {role: auth.Viewer, handle: s.getJob}}},
		{"/jobs/{id}/input_files/", map[string]endpoint{get: {role: auth.Viewer, handle: s.listJobInputFiles}}},
		{"/jobs/{id}/executions/", map[string]endpoint{get: {role: auth.Viewer, handle: s.listJobExecutions}}},
		{"/jobs/{id}/executions/{num}/", map[string]endpoint{get: {role: auth.Viewer, handle: s.getJobExecution}}},
		{"/job-executions/{id}/logs/{stream}/", map[string]endpoint{get: {role: auth.Viewer, handle: s.getJobLog}}},
	}
}

// rootRoutes are those outside of the dialects: the login of v6 and its end, and ours for
// operations.
func (s *Server) rootRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	return []route{
		{"/api-token-auth/", map[string]endpoint{post: {role: auth.Anyone, login: true, handle: s.loginV6}}},
		{"/api-token-auth/revoke/", map[string]endpoint{post: {role: auth.Viewer, handle: s.revokeToken}}},
		{"/healthz", map[string]endpoint{get: {role: auth.Anyone, handle: s.getHealth}}},
		{"/readyz", map[string]endpoint{get: {role: auth.Anyone, handle: s.getReady}}},
		{"/version", map[string]endpoint{get: {role: auth.Anyone, handle: s.getVersion}}},
		{"/openapi.yaml", map[string]endpoint{get: {role: auth.Anyone, handle: s.getOpenAPI}}},
	}
}

// routes are all routes with their full paths.
func (s *Server) routes() []route {
	var out []route
	for _, prefix := range []string{"/v6", "/v7"} {
		for _, rt := range s.v6Routes() {
			out = append(out, route{prefix + rt.path, rt.methods})
		}
	}
	return slices.Concat(out, s.v2Routes(), s.rootRoutes())
}

// Beyond the contract, on purpose: missing or bad credentials are 401, not 403; an unknown
// URL is 404 in JSON; a missing slash is redirected with 308 for methods other than GET and
// HEAD, so that the body is sent again; wrong types of parameters are 400 where the original
// failed with 500.

// mux serves the routes, sends requests that forgot the last slash there, and answers
// everything else with a 404.
func (s *Server) mux() *http.ServeMux {
	mux, apart := http.NewServeMux(), http.NewServeMux()
	for _, rt := range s.routes() {
		pattern, hasSlash := strings.CutSuffix(rt.path, "/")
		if !hasSlash {
			mux.HandleFunc(rt.path, s.serve(rt))
			continue
		}
		into := mux
		if strings.HasSuffix(rt.path, scanCancel) || strings.HasSuffix(rt.path, ofMember) {
			into = apart
		}
		into.HandleFunc(pattern+"/{$}", s.serve(rt))
		into.HandleFunc(pattern, addSlash)
	}
	apart.HandleFunc("/", s.nothing)
	mux.HandleFunc("/v2/", func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, problemf(http.StatusNotFound, "%s", dkapi.Nothing(r.URL.Path)))
	})
	mux.Handle("/", apart)
	return mux
}

// nothing answers for a URL that there is not.
func (s *Server) nothing(w http.ResponseWriter, r *http.Request) {
	s.refuse(w, r, problemf(http.StatusNotFound, "There is nothing at %s. The services are below /v6/ and end in a slash.", r.URL.Path))
}

// addSlash redirects to the same URL with a slash at the end (contract 0.1). 308
// instead of 301 lets clients send the method and the body again.
func addSlash(w http.ResponseWriter, r *http.Request) {
	status := http.StatusPermanentRedirect
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		status = http.StatusMovedPermanently
	}
	target := r.URL.EscapedPath() + "/"
	if r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	w.Header().Set("Location", target)
	w.WriteHeader(status)
}

// getOpenAPI is the document that describes all routes (ours).
func (s *Server) getOpenAPI(context.Context, *request) (*answer, error) {
	return &answer{status: http.StatusOK, write: func(w http.ResponseWriter, _ *http.Request) error {
		document := api.OpenAPI()
		w.Header().Set("Content-Type", "application/yaml")
		w.Header().Set("Content-Length", strconv.Itoa(len(document)))
		w.WriteHeader(http.StatusOK)
		_, err := io.WriteString(w, document)
		return err
	}}, nil
}

// mountPage serves the web page beside the API, whose handlers it asks.
func (s *Server) mountPage(mux *http.ServeMux) {
	web.New(web.Config{
		API: mux, Auth: s.auth, Store: s.store, Now: s.cfg.Now, Logger: s.log, Version: s.cfg.Version, PublicURL: s.cfg.Alerts.PublicURL,
		Sender: func(r *http.Request) web.Sender {
			info := infoOf(r.Context())
			return web.Sender{Origin: auth.Origin{RequestID: info.id, Address: info.Address}, Scheme: info.Scheme, Host: info.Host}
		},
		NameUser:    func(r *http.Request, name string) { infoOf(r.Context()).user = name },
		CheckOrigin: func(r *http.Request) error { return s.checkOrigin(r, endpoint{}) },
		Stopped:     s.stopped,
	}).Mount(mux, s.nothing)
}

package page

import "net/http"

// routes are all pages. Those that change something are a GET that asks and a POST that does.
func (p *Page) routes() {
	get := func(path string, show screen) { p.mux.HandleFunc("GET "+path, p.look(show)) }
	post := func(path string, do screen) { p.mux.HandleFunc("POST "+path, p.act(do)) }
	both := func(path string, show, do screen) { get(path, show); post(path, do) }

	p.mux.HandleFunc("GET /ui/static/{name}", p.static)
	p.mux.HandleFunc("GET /ui/sign-in", p.signInForm)
	p.mux.HandleFunc("POST /ui/sign-in", p.signIn)
	p.mux.HandleFunc("POST /ui/sign-in-at", p.signInAt)
	p.mux.HandleFunc("GET /ui/signed-in", p.signedIn)
	p.mux.HandleFunc("POST /ui/sign-out", p.signOut)
	p.mux.HandleFunc("GET /ui/live", p.live)

	get("/{$}", p.home)
	get("/ui/search", p.search)
	get("/ui/keys", p.keys)

	get("/ui/recipes", p.recipes)
	get("/ui/recipes/{id}", p.recipe)
	both("/ui/recipes/{id}/cancel", p.askCancelRecipe, p.cancelRecipe)
	both("/ui/recipes/{id}/requeue", p.askRequeueRecipe, p.requeueRecipe)
	both("/ui/recipes/{id}/reprocess", p.askReprocess, p.reprocess)

	get("/ui/jobs", p.jobs)
	get("/ui/jobs/{id}", p.job)
	get("/ui/jobs/{id}/log", p.log)
	p.mux.HandleFunc("GET /ui/jobs/{id}/log.txt", p.logText)
	both("/ui/jobs/{id}/cancel", p.askJob("Cancel", "Cancel %s?", "It is stopped if it runs. What waits for it is BLOCKED."), p.doJob("/v6/jobs/cancel/"))
	both("/ui/jobs/{id}/requeue", p.askJob("Requeue", "Requeue %s?", "It is queued again, with the same input and as many more tries as the job type allows.",
		"What waits for it goes on when it is COMPLETED."), p.doJob("/v6/jobs/requeue/"))

	get("/ui/types", p.types)
	get("/ui/types/{name}", p.recipeType)
	get("/ui/types/{name}/diff", p.typeDiff)
	both("/ui/check", p.askCheck, p.check)
	get("/ui/job-types", p.jobTypes)
	get("/ui/job-types/{name}/{version}", p.jobType)
	both("/ui/job-types/{name}/{version}/pause", p.askJobType(true), p.pauseJobType(true))
	both("/ui/job-types/{name}/{version}/resume", p.askJobType(false), p.pauseJobType(false))

	get("/ui/orders", p.orders)
	get("/ui/orders/{hid}", p.order)
	get("/ui/kitchens/{name}", p.kitchen)
	for path, a := range orderActions() {
		what, action := "orders", path[len("orders/"):]
		if a.OfRun {
			what, action = "runs", path[len("runs/"):]
		}
		both("/ui/"+what+"/{hid}/"+action, p.askOrder(a), p.doOrder(a))
	}

	both("/ui/orders/{hid}/backfill", p.askBackfill, p.backfill)
	ofPath := func(v *visit) string { return v.PathValue("name") }
	p.mux.HandleFunc("GET /ui/export.zip", p.download(nil, exportAll))
	p.mux.HandleFunc("GET /ui/kitchens/{name}/export.zip", p.download(ofPath, exportKitchen))
	p.mux.HandleFunc("GET /ui/types/{name}/export.zip", p.download(ofPath, exportType))

	get("/ui/queue", p.queue)
	get("/ui/files", p.files)
	get("/ui/files/{id}", p.file)
	p.mux.HandleFunc("GET /ui/files/{id}/content", p.fileContent)

	both("/ui/users", p.users, p.addUser)
	post("/ui/users/{id}", p.editUser)
	get("/ui/audit", p.audit)
	get("/ui/account", p.account)
	post("/ui/account/tokens", p.addToken)
	post("/ui/account/tokens/{id}/revoke", p.revokeToken)

	p.mux.HandleFunc("GET /ui/{$}", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusSeeOther) })
	p.mux.HandleFunc("/ui/", p.look(p.nothing))
}

package dkapi

import (
	"context"
	"net/http"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
)

// Routes are the services of contract datakitchen-v2, section 1. The refusals of every
// handler are in the dialect's words.
func (d *Dialect) Routes() []Route {
	get, post, put, del := http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	routes := []Route{
		{"/v2/login", map[string]Endpoint{post: {Role: auth.Anyone, Login: true, Handle: d.login}}},
		{"/v2/validatetoken", map[string]Endpoint{get: {Role: auth.Viewer, Handle: d.validateToken}}},
		{"/v2/userinfo", map[string]Endpoint{get: {Role: auth.Viewer, Handle: d.getUserInfo}}},

		{"/v2/kitchen/list", map[string]Endpoint{get: {Role: auth.Viewer, Handle: d.listKitchens}}},
		{"/v2/kitchen/{kitchen}", map[string]Endpoint{get: {Role: auth.Viewer, Handle: d.getKitchen}}},
		{"/v2/kitchen/update/{kitchen}", map[string]Endpoint{post: {Role: auth.Editor, Edits: true, Handle: d.updateKitchen}}},
		{"/v2/kitchen/create/{parent}/{kitchen}", map[string]Endpoint{
			put: {Role: auth.Editor, Creates: true, Handle: d.createKitchen},
			get: {Role: auth.Editor, Creates: true, Unsafe: true, Handle: d.createKitchen}}},
		{"/v2/kitchen/delete/{kitchen}", map[string]Endpoint{del: {Role: auth.Editor, Handle: d.deleteKitchen}}},
		{"/v2/kitchen/settings/{kitchen}", map[string]Endpoint{
			get: {Role: auth.Viewer, Handle: d.getKitchenSettings}, put: {Role: auth.Editor, Edits: true, Handle: d.updateKitchen}}},
		{"/v2/kitchen/recipenames/{kitchen}", map[string]Endpoint{get: {Role: auth.Viewer, Handle: d.listKitchenRecipes}}},

		{"/v2/recipe/file/{kitchen}/{recipe}/{path...}", map[string]Endpoint{get: {Role: auth.Viewer, Handle: d.getRecipeFile}}},
		{"/v2/recipe/get/{kitchen}/{recipe}", map[string]Endpoint{
			get: {Role: auth.Viewer, Handle: d.getRecipeFiles}, post: {Role: auth.Viewer, Reads: true, Handle: d.getRecipeFiles}}},
		{"/v2/recipe/tree/{kitchen}/{recipe}", map[string]Endpoint{get: {Role: auth.Viewer, Handle: d.getRecipeTree}}},
		{"/v2/recipe/create/{kitchen}/{recipe}", map[string]Endpoint{
			post: {Role: auth.Editor, Creates: true, Handle: d.createRecipe}, put: {Role: auth.Editor, Handle: d.updateRecipe}}},
		{"/v2/recipe/update/{kitchen}/{recipe}", map[string]Endpoint{post: {Role: auth.Editor, Handle: d.updateRecipe}}},
		{"/v2/recipe/{kitchen}/{recipe}", map[string]Endpoint{del: {Role: auth.Editor, Handle: d.deleteRecipe}}},
		{"/v2/recipe/delete/{kitchen}/{recipe}", map[string]Endpoint{del: {Role: auth.Editor, Handle: d.deleteRecipeFile}}},

		{"/v2/order/create/{kitchen}/{recipe}/{variation}", map[string]Endpoint{
			put: {Role: auth.Operator, Creates: true, Handle: d.createOrder}}},
		{"/v2/order/create/graph/{kitchen}/{recipe}/{variation}", map[string]Endpoint{
			put: {Role: auth.Operator, Creates: true, Handle: d.createOrderOfGraph}}},
		{"/v2/order/create/onenode/{kitchen}/{recipe}/{variation}/{node}", map[string]Endpoint{
			put: {Role: auth.Operator, Creates: true, Handle: d.createOrderOfNode}}},
		{"/v2/order/status/{kitchen}", map[string]Endpoint{get: {Role: auth.Viewer, Handle: d.listOrders}}},
		{"/v2/order/servings/{kitchen}/{order}", map[string]Endpoint{get: {Role: auth.Viewer, Handle: d.listOrderRuns}}},
		{"/v2/order/alerts/{kitchen}", map[string]Endpoint{get: {Role: auth.Viewer, Handle: d.listAlerts}}}, // ours
		{"/v2/order/details/{kitchen}", map[string]Endpoint{post: {Role: auth.Viewer, Reads: true, Handle: d.getOrderDetails}}},
		{"/v2/order/update/{order}", map[string]Endpoint{put: {Role: auth.Operator, Edits: true, Handle: d.updateOrder}}}, // ours
		{"/v2/order/run/{order}", map[string]Endpoint{put: {Role: auth.Operator, Creates: true, Handle: d.runOrder}}},     // ours
		{"/v2/order/resume/{run}", map[string]Endpoint{put: {Role: auth.Operator, Creates: true, Handle: d.resumeRun}}},
		{"/v2/order/stop/{order}", map[string]Endpoint{put: {Role: auth.Operator, Handle: onOrder(d.stopOrder)}}},
		{"/v2/order/pause/{order}", map[string]Endpoint{put: {Role: auth.Operator, Handle: onOrder(d.pauseOrder)}}},
		{"/v2/order/unpause/{order}", map[string]Endpoint{put: {Role: auth.Operator, Handle: onOrder(d.unpauseOrder)}}},
		{"/v2/order/delete/{order}", map[string]Endpoint{del: {Role: auth.Operator, Handle: onOrder(d.deleteOrder)}}},
		{"/v2/order/deleteall/{kitchen}", map[string]Endpoint{del: {Role: auth.Operator, Handle: d.deleteOrders}}},
		{"/v2/order/logs/{kitchen}/{run}", map[string]Endpoint{get: {Role: auth.Viewer, Handle: d.getRunLog}}},
		{"/v2/order/export/logs/{kitchen}/{run}", map[string]Endpoint{get: {Role: auth.Viewer, Handle: d.exportRunLog}}},
		{"/v2/serving/stop/{run}", map[string]Endpoint{put: {Role: auth.Operator, Handle: onRun(d.stopRun)}}},
		{"/v2/serving/delete/{run}", map[string]Endpoint{del: {Role: auth.Operator, Handle: onRun(d.deleteRun)}}},
	}
	for _, rt := range routes {
		for method, e := range rt.Methods {
			handle := e.Handle
			e.Handle = func(ctx context.Context, r *Request) (*Answer, error) {
				if e.Role == auth.Viewer { // the others change something, and look at the staff themselves
					if err := d.checkSees(ctx, r, r.Path("kitchen")); err != nil {
						return nil, spelled(err)
					}
				}
				a, err := handle(ctx, r)
				if a != nil {
					a.Warnings = r.warnings
				}
				return a, spelled(err)
			}
			rt.Methods[method] = e
		}
	}
	return routes
}

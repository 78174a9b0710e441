// Package recipe has the objects that are about recipes: galley_recipe as a resource, data
// source and list resource, galley_recipes, and the actions that reprocess, cancel and requeue.
// It may import kit, plan, fault, value, client, api and the domain, whose package recipe has
// the rules, and no other subject. Read resource.go first, then plan.go.
package recipe

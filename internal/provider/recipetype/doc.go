// Package recipetype has the objects that are about recipe types: galley_recipe_type as a
// resource, data source and list resource, galley_recipe_types and galley_recipe_type_revisions.
// It may import kit, plan, fault, value, client, api and the domain, and no other subject. Read
// resource.go first, then plan.go, which tells what a new definition changes.
package recipetype

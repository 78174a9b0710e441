// Package order has the objects of the order services: kitchens, their recipes, orders and
// their runs, as resources, data sources, list resources and actions. It may import kit, plan,
// fault, value, client, api and the domain, whose package order has the rules, and no other
// subject. Read kitchen_resource.go first, then resource.go, plan.go and check.go.
package order

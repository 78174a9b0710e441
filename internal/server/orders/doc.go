// Package orders has the use cases of kitchens, their recipes and orders, starts the runs that
// are due, follows the recipes of runs, and delivers alerts. The engine reaches it by
// engine.Hook (hook.go), and starts and stops it.
//
// It may import engine, catalog, alert and what is below them, and the domain packages order,
// schedule and recipe. Read orders.go first, then order.go and run.go.
package orders

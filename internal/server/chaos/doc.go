// Package chaos holds nothing but the load runs in which servers are killed, frozen and cut off from their
// database: nothing is lost, nothing is done twice, nothing is left behind. `make chaos` has the long ones.
//
// It may import what servertest may. Read chaos_test.go first, then fleet_test.go.
package chaos

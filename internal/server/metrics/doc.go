// Package metrics counts what a server does, and tells Prometheus: requests, jobs, the queue,
// orders, alerts, the database's connections and the disk. What many servers share is read from
// the database when somebody asks, a few times a minute at most.
//
// It may import store and nothing else of this module. Read metrics.go first.
package metrics

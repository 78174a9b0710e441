// Package jobtype has the objects that are about job types: galley_job_type as a resource, data
// source and list resource, and galley_job_types. It may import kit, plan, fault, value, client,
// api and the domain, whose package seed reads manifests, and no other subject. Read resource.go
// first.
package jobtype

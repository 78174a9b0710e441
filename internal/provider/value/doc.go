// Package value translates between Terraform's values and the documents of the domain, in both
// directions, and holds the schemas of the attributes that are such documents: definition,
// configuration, input, forced nodes, schedule, variables, variations. It knows what is wrong
// with a value offline, and nothing of a backend: it imports the packages of the domain only.
// Read definition_schema.go and definition_read.go first, for the largest document.
package value

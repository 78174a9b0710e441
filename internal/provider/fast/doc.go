// Package fast is a thin server between Terraform and the framework's. It hands documents to
// the framework in one piece (value.Seal), so that none of the framework's walks through a value
// goes into them, and answers by itself what needs no look at values: the upgrade of a state
// that has the schema's version. What a plan checks stays where it is: the resources see the same
// calls. It may import value. Read server.go first, then documents.go.
package fast

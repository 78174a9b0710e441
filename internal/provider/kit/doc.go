// Package kit is what the objects of the provider are made of: the bases that they embed, their
// identities, the data source and the list resource for a list of the API, moves from generic
// resources, and waiting for recipes with the outcome of it. It may import plan, fault, value,
// client, api and the domain. Read base.go first; a list begins in list_data_source.go.
package kit

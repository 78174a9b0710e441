// Package client speaks HTTP with a backend of the v6 and the v2 services: authentication,
// retries, limits, paging and the rebuilding of errors. Every answer that is not a success
// becomes an *api.Error. It knows nothing of Terraform, keeps no state but the login, and may
// import api, recipe and seed. Read client.go and request.go first; the calls of each
// resource of the API are in a file of their own.
package client

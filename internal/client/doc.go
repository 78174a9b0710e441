// Package client speaks HTTP with a backend of the v6 services: authentication,
// retries, limits, paging and the rebuilding of errors. One file for every
// resource holds its calls. It knows nothing of Terraform and keeps no state but
// the login.
//
// Every answer that is not a success becomes an *api.Error.
package client

// Package dkapi is the v2 dialect of the backend: kitchens, their recipes and orders as
// clients of DataKitchen's API speak of them (contract datakitchen-v2). Connections,
// credentials, roles and limits are package server's.
//
// It may import orders, usecase, refusal, store, api and the domain packages recipe and order.
// Read routes.go first.
package dkapi

// Package dkapi is the v2 dialect of the backend: kitchens, their recipes and orders as
// clients of DataKitchen's API speak of them (contract datakitchen-v2), over the same
// engine as the v6 dialect. It has the routes and what they do with a request that
// package server has read; connections, credentials, roles and limits are the server's.
//
// Answers are those of "2018 and later" (contract, "Dialects"), with the members of 2016
// beside them, and the structured form of the order list on request.
package dkapi

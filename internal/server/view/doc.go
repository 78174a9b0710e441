// Package view makes of the store's rows what v6 answers: the shapes of package api, with what
// they refer to read in one go for all rows of a list.
//
// It may import engine and orders (for what is sealed), store, api and the domain, and knows no
// request. Read view.go first, then recipe.go.
package view

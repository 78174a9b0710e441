// Package alert delivers alerts of orders by e-mail and by webhook. It stores nothing: which
// alerts there are, and which have to be sent again, is package orders' business.
//
// It may import the domain package order. Read sender.go first.
package alert

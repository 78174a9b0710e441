// Package graph lays a directed graph out in layers, from left to right, and
// writes it as SVG: recipes as they run, recipe types, and two revisions of a
// type in one picture. It is pure, does no I/O and imports no other package of
// this module. The same graph gives the same picture, to the letter.
//
// Begin with Graph, then Layout and Drawing.SVG. The steps of the layout are a
// file each, in this order: rank.go, order.go, place.go, route.go.
//
// The SVG has classes and presentation attributes, but neither style nor script,
// so it may be part of a page with a strict content security policy. Lengths are in px.
package graph

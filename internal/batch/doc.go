// Package batch has the rules of data sets and of batches: their documents, what a member of a data set gives to a recipe, and how
// many recipes a batch is going to make. Provider and server call the same ones.
//
// It is pure, and imports recipe (interfaces, data, forced nodes) and nothing else. Begin with dataset.go, then definition.go.
package batch

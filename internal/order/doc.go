// Package order holds the rules of kitchens, their recipes and orders (seed "Run
// Orders via API", contract datakitchen-v2): the documents that a kitchen's recipe
// consists of, which value of a variable counts, and what the variables become in a
// recipe's input and configuration. It holds pure values and functions, without I/O and
// without a clock, so that the provider (at plan) and the backend tell the same. It
// may import recipe and schedule. Read variables.go first, then bind.go.
package order

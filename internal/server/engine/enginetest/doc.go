// Package enginetest gives tests a store with a catalog and engines on it (Kitchen), and short
// ways to make job types, definitions and recipes and to wait for them. Only tests import it.
//
// It may import engine and what is below it, and storetest. Read kitchen.go first.
package enginetest

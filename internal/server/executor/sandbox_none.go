//go:build !unix

package executor

type machine struct{}

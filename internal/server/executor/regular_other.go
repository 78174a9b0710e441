//go:build !unix

package executor

const openNonblock = 0

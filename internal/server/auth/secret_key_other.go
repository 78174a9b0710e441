//go:build !unix

package auth

// keepOwner does nothing: files have no such owners here.
func keepOwner(_, _ string) error { return nil }

// syncFolder does nothing: folders cannot be synced here.
func syncFolder(string) error { return nil }

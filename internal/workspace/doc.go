// Package workspace is the domain of workspaces and the files in them: which folders of the
// host they and the mounts of jobs may use, paths of files, base URLs and source times. Pure,
// like recipe; it imports recipe and document only. Read folder.go first, then host_folder.go.
package workspace

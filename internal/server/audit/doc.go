// Package audit keeps one line for each change and each login: who, with which token, from
// where, what, and in which request. The lines are in a table that administrators can read,
// and in the log, so that who changes the one does not change the other.
//
// It may import store and nothing else of this module. Read recorder.go first, then
// changes.go for what of a request may be told.
package audit

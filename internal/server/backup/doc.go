// Package backup copies a SQLite database with the bytes of all files into a folder, while servers go on,
// and makes a data folder out of such a copy.
//
// It may import catalog, regular and store. Read backup.go first.
package backup

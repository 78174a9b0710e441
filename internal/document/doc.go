// Package document describes documents that people write: which members an object has,
// of which kind, which of them are needed, and what counts where one is left out. The
// description, a Shape, is the one source for reading a document, for what is said of a
// wrong one, and for its documentation.
//
// A document comes as plain values: nil, bool, string, json.Number, []any, map[string]any,
// and Unknown. The package does no I/O.
package document

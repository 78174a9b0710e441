// Package form is the object form of the documents of package recipe: definitions, input,
// configurations and retries as people write them in HCL, where parts may not be known yet. It
// describes each once (its shape: for reading, for messages and for the documentation), reads
// it, and writes it again. Pure, like recipe; it imports recipe and document only. Read
// draft.go first, then shape.go and write.go.
package form

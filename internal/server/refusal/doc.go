// Package refusal is how use cases say no: an Error with a code that the dialects map to
// their statuses, a sentence for the one who asked, and the findings behind it.
//
// It may import store (a missing row is a refusal, too) and recipe. Read refusal.go first.
package refusal

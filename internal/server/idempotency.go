package server

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

const (
	idempotencyHeader = "Idempotency-Key"
	replayedHeader    = "Idempotency-Replayed" // of the answer to a repeated request
	maxIdempotencyKey = 255                    // characters
)

// idempotencyKey is what makes a create safe to repeat (ours): the request's header
// Idempotency-Key, with what the request asks for. Nil: none was sent.
func (r *request) idempotencyKey() *usecase.IdempotencyKey {
	values := r.Header.Values(idempotencyHeader)
	if len(values) == 0 {
		return nil
	}
	key := values[0]
	printable := strings.IndexFunc(key, func(c rune) bool { return c < ' ' || c > '~' }) < 0
	if len(values) > 1 || key == "" || len(key) > maxIdempotencyKey || !printable {
		r.fail(badRequest("The header %s must be given once, with 1 to %d printable ASCII characters, such as a UUID.",
			idempotencyHeader, maxIdempotencyKey))
		return nil
	}
	return &usecase.IdempotencyKey{Key: key, User: r.sender.User.Username, Fingerprint: r.fingerprint()}
}

// fingerprint tells requests apart by what they ask for: method, path (of /v6 and /v7
// alike), query and body, whatever the order or the spacing of its members.
func (r *request) fingerprint() string {
	path := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/v6"), "/v7")
	body, err := json.Marshal(r.body) // maps in the order of their keys
	if err != nil {
		r.fail(badRequest("The body could not be read: %s", err))
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{r.Method, path, r.query.Encode(), string(body)}, "\n")))
	return hex.EncodeToString(sum[:])
}

// replayed reports whether a create only found what an earlier request with its key made.
func replayed(key *usecase.IdempotencyKey) bool { return key != nil && key.Replayed }

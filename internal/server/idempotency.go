package server

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
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

// etagOf is the entity tag of a thing that can be edited (ours): its version. It says
// nothing about the other things that its answer shows, so it does not serve to skip
// reading (If-None-Match).
func etagOf(lastModified store.Time) string {
	return usecase.Tag(lastModified)
}

// ifMatch is the header If-Match: the versions that an edit is meant for. Nil: any. A
// tag that is none of ours, such as a weak one, matches nothing (RFC 9110, 13.1.1).
func (r *request) ifMatch() usecase.IfMatch {
	const header = "If-Match"
	values := r.Header.Values(header)
	if len(values) == 0 || len(values) == 1 && strings.TrimSpace(values[0]) == "*" {
		return nil
	}
	versions := usecase.IfMatch{}
	for rest, first := strings.Trim(strings.Join(values, ","), " \t,"), true; first || rest != ""; first = false {
		opaque, isWeak := strings.CutPrefix(rest, "W/")
		opaque, isQuoted := strings.CutPrefix(opaque, `"`)
		tag, after, isClosed := strings.Cut(opaque, `"`)
		after = strings.TrimLeft(after, " \t")
		next, more := strings.CutPrefix(after, ",")
		if !isQuoted || !isClosed || after != "" && !more {
			r.fail(badRequest(`The header %s must be * or entity tags in quotes, as answers have them in ETag: %s`, header, rest))
			return nil
		}
		if micros, err := strconv.ParseInt(tag, 10, 64); err == nil && !isWeak {
			versions = append(versions, store.At(time.UnixMicro(micros)))
		}
		rest = strings.Trim(next, " \t,")
	}
	return versions
}

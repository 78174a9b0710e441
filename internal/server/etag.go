package server

import (
	"strconv"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

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

package client

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

const maxEventSize = 16 << 20 // bytes of one line of a stream of events

// WatchRecipe gives a recipe as it is, and again after every change, until it is
// completed. It ends with an error if the stream breaks before (io.ErrUnexpectedEOF if
// the server has stopped): watching again goes on with the recipe as it is by then.
func (c *Client) WatchRecipe(ctx context.Context, id int64) iter.Seq2[api.RecipeDetail, error] {
	return func(yield func(api.RecipeDetail, error) bool) {
		resp, err := c.do(ctx, call{path: v6("recipes", id, "events"), stream: true, accept: "text/event-stream"})
		if err != nil {
			yield(api.RecipeDetail{}, err)
			return
		}
		defer func() { _ = resp.Body.Close() }()
		for event, err := range readEvents(resp.Body) {
			if err != nil {
				yield(api.RecipeDetail{}, fmt.Errorf("watching recipe %d: %w", id, err))
				return
			}
			switch event.name {
			case "completed":
				return
			case "recipe":
				var r api.RecipeDetail
				if err := json.Unmarshal([]byte(event.data), &r); err != nil {
					yield(r, fmt.Errorf("watching recipe %d: decoding event: %w", id, err))
					return
				}
				if !yield(r, nil) {
					return
				}
			}
		}
	}
}

// event is one of the server-sent events of a stream.
type event struct{ name, data string }

// readEvents reads events as the WHATWG's standard "Server-sent events" has them, and
// at last the error that ended the stream: io.ErrUnexpectedEOF at its end, as a
// stream that said everything is not read to there.
func readEvents(r io.Reader) iter.Seq2[event, error] {
	return func(yield func(event, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, maxEventSize)
		var name string
		var data []string
		for lines.Scan() {
			line := lines.Text()
			if line == "" {
				if len(data) > 0 && !yield(event{name, strings.Join(data, "\n")}, nil) {
					return
				}
				name, data = "", nil
				continue
			}
			field, value, _ := strings.Cut(line, ":") // a comment has no field
			value = strings.TrimPrefix(value, " ")
			switch field {
			case "event":
				name = value
			case "data":
				data = append(data, value)
			}
		}
		err := lines.Err()
		if err == nil {
			err = io.ErrUnexpectedEOF
		}
		yield(event{}, err)
	}
}

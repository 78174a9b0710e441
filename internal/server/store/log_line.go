package store

import (
	"bytes"
	"strings"
)

// LogLine is one line of an execution's output.
type LogLine struct {
	Stream  string
	Written Time // of its first byte
	Text    string
}

// LogLines cuts chunks, which end anywhere, into the lines of their streams. Each
// stream's last line may lack its end. What is not UTF-8 is replaced.
func LogLines(chunks []LogChunk) []LogLine {
	lines := []LogLine{}
	var texts [][]byte
	open := map[string]int{} // stream: index of its line that has not ended
	for _, chunk := range chunks {
		rest := chunk.Text
		for len(rest) > 0 {
			piece, after, ended := bytes.Cut(rest, []byte("\n"))
			i, continues := open[chunk.Stream]
			if !continues {
				i = len(lines)
				lines = append(lines, LogLine{Written: chunk.Written, Stream: chunk.Stream})
				texts = append(texts, nil)
				open[chunk.Stream] = i
			}
			texts[i] = append(texts[i], piece...)
			if ended {
				delete(open, chunk.Stream)
			}
			rest = after
		}
	}
	for i, line := range texts {
		lines[i].Text = strings.ToValidUTF8(string(line), "\uFFFD")
	}
	return lines
}

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
	EachLogLine(chunks, func(l LogLine) bool {
		lines = append(lines, l)
		return true
	})
	return lines
}

// EachLogLine hands out the lines of LogLines one after the other, in the order of their first
// bytes, until do is false. It keeps those only that wait for an earlier one to end.
func EachLogLine(chunks []LogChunk, do func(LogLine) bool) {
	c := logCutter{open: map[string]*openLine{}}
	for _, chunk := range chunks {
		for rest := chunk.Text; len(rest) > 0; {
			piece, after, ended := bytes.Cut(rest, []byte("\n"))
			c.add(chunk, piece, ended)
			rest = after
			if !c.hand(do, false) {
				return
			}
		}
	}
	c.hand(do, true)
}

// openLine is a line that was not handed out yet.
type openLine struct {
	LogLine
	text  []byte // a part of a chunk, unless owned
	owned bool
	ended bool
}

// logCutter holds lines back until all before them have ended.
type logCutter struct {
	waiting []*openLine
	open    map[string]*openLine // by stream: its line that has not ended
}

func (c *logCutter) add(chunk LogChunk, piece []byte, ended bool) {
	line := c.open[chunk.Stream]
	switch {
	case line == nil:
		line = &openLine{LogLine: LogLine{Stream: chunk.Stream, Written: chunk.Written}, text: piece}
		c.waiting = append(c.waiting, line)
		c.open[chunk.Stream] = line
	case line.owned:
		line.text = append(line.text, piece...)
	default:
		line.text, line.owned = bytes.Join([][]byte{line.text, piece}, nil), true
	}
	if line.ended = ended; ended {
		delete(c.open, chunk.Stream)
	}
}

// hand hands out what has ended before anything that has not; at last all.
func (c *logCutter) hand(do func(LogLine) bool, all bool) bool {
	n := 0
	for _, line := range c.waiting {
		if !line.ended && !all {
			break
		}
		n++
		line.Text = strings.ToValidUTF8(string(line.text), "\uFFFD")
		if !do(line.LogLine) {
			return false
		}
	}
	if n > 0 {
		c.waiting = append(c.waiting[:0], c.waiting[n:]...)
	}
	return true
}

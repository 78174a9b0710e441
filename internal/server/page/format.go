package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// nbsp keeps a number and its unit in one line.
const nbsp = "\u00a0"

// A moment is a time as a page shows it.
type moment struct {
	time.Time      // in the zone of who looks; zero: not known
	today     bool // for who looks
	year      bool // this one
	now       time.Time
}

// at is a time for who looks.
func (v *visit) at(t any) moment {
	when, known := timeOf(t)
	if !known {
		return moment{}
	}
	local, now := when.In(v.zone), v.now.In(v.zone)
	return moment{Time: local, now: now, year: local.Year() == now.Year(), today: local.Year() == now.Year() && local.YearDay() == now.YearDay()}
}

// Known tells whether there is a time.
func (m moment) Known() bool { return !m.IsZero() }

// ISO is the time for machines.
func (m moment) ISO() string { return m.UTC().Format(time.RFC3339) }

// Short is the clock, with the day if that is another.
func (m moment) Short() string { return m.day() + m.Format("15:04") }

// Long is Short with seconds.
func (m moment) Long() string { return m.day() + m.Format("15:04:05") }

// Zoned is Long with the name of the zone, and UTC beside unless it is that.
func (m moment) Zoned() string { return m.Long() + " " + m.Format("MST") }

// UTC beside.
func (m moment) Beside() string {
	if _, offset := m.Zone(); offset == 0 {
		return ""
	}
	return m.UTC().Format("15:04") + " UTC"
}

func (m moment) day() string {
	switch {
	case m.today:
		return ""
	case m.year:
		return m.Format("Mon 2 Jan ")
	}
	return m.Format("Mon 2 Jan 2006 ")
}

// Until is how long it takes to a time that is to come.
func (m moment) Until() string { return duration(m.Sub(m.now)) }

// Ago is how long ago it was.
func (m moment) Ago() string { return duration(m.now.Sub(m.Time)) }

// timeOf is the time in any of the types that times have here.
func timeOf(t any) (at time.Time, known bool) {
	switch t := t.(type) {
	case time.Time:
		at = t
	case *time.Time:
		if t != nil {
			at = *t
		}
	case api.Time:
		at = t.Time
	case *api.Time:
		if t != nil {
			at = t.Time
		}
	case store.Time:
		at = t.Time
	case *store.Time:
		if t != nil {
			at = t.Time
		}
	case moment:
		at = t.Time
	case int64: // milliseconds since 1970, as v2 has them
		at = time.UnixMilli(t)
	case *int64:
		if t != nil {
			at = time.UnixMilli(*t)
		}
	}
	return at, !at.IsZero()
}

// duration is how long something takes: 4 s, 37 m 41 s, 2 h 07 m, 3 d 04 h.
func duration(d time.Duration) string {
	if d < 0 {
		d = 0
	}
	s := int64(d.Round(time.Second).Seconds())
	switch {
	case d > 0 && d < time.Second:
		return strconv.FormatInt(max(d.Milliseconds(), 1), 10) + nbsp + "ms"
	case s < 60:
		return fmt.Sprintf("%d%ss", s, nbsp)
	case s < 3600:
		return fmt.Sprintf("%d%sm%s%02d%ss", s/60, nbsp, nbsp, s%60, nbsp)
	case s < 48*3600:
		return fmt.Sprintf("%d%sh%s%02d%sm", s/3600, nbsp, nbsp, s%3600/60, nbsp)
	}
	return fmt.Sprintf("%d%sd%s%02d%sh", s/86400, nbsp, nbsp, s%86400/3600, nbsp)
}

// size is a number of bytes.
func size(n int64) string {
	if n < 1024 {
		return fmt.Sprintf("%d%sB", n, nbsp)
	}
	f, units := float64(n), "KMGTP"
	i := -1
	for f >= 1023.95 && i+1 < len(units) {
		f, i = f/1024, i+1
	}
	return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) + nbsp + units[i:i+1] + "iB"
}

// count is a number with its noun: 1 job, 2 jobs.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// number is an id as paths have it.
func number(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n > 0 && !strings.HasPrefix(text, "+")
}

// short cuts a text that would fill a page.
func short(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return string(runes[:most-1]) + "…"
}

// pretty is a document for people to read; what is no JSON stays as it is.
func pretty(raw json.RawMessage) string {
	var buf bytes.Buffer
	if err := json.Indent(&buf, raw, "", "  "); err != nil {
		return string(raw)
	}
	return buf.String()
}

// compact is a value as JSON in one line.
func compact(value any) string {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return ""
	}
	return strings.TrimSpace(buf.String())
}

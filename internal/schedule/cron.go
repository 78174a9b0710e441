package schedule

import (
	"errors"
	"fmt"
	"math/bits"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	cronparser "github.com/netresearch/go-cron"
)

// A cron is what five cron fields say. Bit n of a mask stands for the value n.
type cron struct {
	minutes, hours, days, months, weekdays uint64
	anyDay, anyWeekday                     bool // the field begins with *, also in */2, as Vixie's cron has it
	realTime                               bool // the hour is * or */n
	loc                                    *time.Location
}

// cronField is one of the five fields.
type cronField struct {
	name, expected string
	item           *regexp.Regexp // one element of the list
}

// cronFields are the fields in their order. What an element looks like is checked
// here, as the library takes "1,,2", "+5", "?" and nicknames too.
var cronFields = [...]cronField{
	{"minute", "0 to 59", itemPattern(`\d+`)},
	{"hour", "0 to 23", itemPattern(`\d+`)},
	{"day of the month", "1 to 31", itemPattern(`\d+`)},
	{"month", "1 to 12 or JAN to DEC", itemPattern(`\d+|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec`)},
	{"day of the week", "0 to 7 (0 and 7 are Sunday) or SUN to SAT", itemPattern(`\d+|sun|mon|tue|wed|thu|fri|sat`)},
}

func itemPattern(value string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)^(\*|(` + value + `)(-(` + value + `))?)(/\d+)?$`)
}

// everyHour matches the hours that mean real time.
var everyHour = regexp.MustCompile(`^\*(/\d+)?$`)

// parseCron reads five cron fields. It adds what is wrong to bad; then the result is of no use.
func parseCron(text string, loc *time.Location, bad *InvalidError) *cron {
	fields := strings.Fields(text)
	if len(fields) != len(cronFields) {
		bad.add(TextField, "%s", wrongCount(text, fields))
		return nil
	}
	before := len(bad.Problems)
	for i, f := range cronFields {
		if err := f.check(i, fields[i]); err != nil {
			bad.add(TextField, "cron %q, %s: %s", shorten(text), f.name, err)
		}
	}
	if len(bad.Problems) > before {
		return nil
	}
	spec, err := parseFields(fields)
	if err != nil { // although each field alone is right
		bad.add(TextField, "cron %q: %s", shorten(text), err)
		return nil
	}
	c := &cron{
		minutes: spec.Minute, hours: spec.Hour, days: spec.Dom, months: spec.Month, weekdays: spec.Dow,
		anyDay: strings.HasPrefix(fields[2], "*"), anyWeekday: strings.HasPrefix(fields[4], "*"),
		realTime: everyHour.MatchString(fields[1]),
		loc:      loc,
	}
	if !c.possible() {
		bad.add(TextField, "cron %q never runs: no month %s has a day %s; expected a day that exists",
			shorten(text), shorten(fields[3]), shorten(fields[2]))
	}
	return c
}

func wrongCount(text string, fields []string) string {
	const expected = "expected five: minute, hour, day of the month, month, day of the week"
	switch {
	case strings.HasPrefix(text, "TZ=") || strings.HasPrefix(text, "CRON_TZ="):
		return fmt.Sprintf("cron %q begins with a time zone, which is given beside the schedule; %s", shorten(text), expected)
	case strings.HasPrefix(text, "@"):
		return fmt.Sprintf("found the nickname %q; %s, such as 0 0 * * * for @daily", shorten(text), expected)
	case len(fields) == 1:
		return fmt.Sprintf("found %q, %s", shorten(text), expectedText)
	default:
		return fmt.Sprintf("cron %q has %d fields, %s", shorten(text), len(fields), expected)
	}
}

// check tells what is wrong with the text of the i-th field.
func (f cronField) check(i int, text string) error {
	const forms = "or a list (1,2), a range (1-3), * and steps (*/5, 1-3/2) of them"
	for item := range strings.SplitSeq(text, ",") {
		if !f.item.MatchString(item) {
			return fmt.Errorf("found %q, expected %s, %s", shorten(text), f.expected, forms)
		}
	}
	alone := []string{"*", "*", "*", "*", "*"}
	alone[i] = text
	if _, err := parseFields(alone); err != nil {
		return fmt.Errorf("found %q, expected %s, %s: %w", shorten(text), f.expected, forms, err)
	}
	return nil
}

// parseFields has the library read fields that have the right form.
func parseFields(fields []string) (*cronparser.SpecSchedule, error) {
	fields = slices.Clone(fields)
	fields[4] = untilSaturday(fields[4])
	const options = cronparser.Minute | cronparser.Hour | cronparser.Dom | cronparser.Month | cronparser.Dow | cronparser.DowOrDom
	parser, err := cronparser.TryNewParser(options)
	if err != nil {
		return nil, fmt.Errorf("setting up the parser: %w", err)
	}
	schedule, err := parser.Parse(strings.Join(fields, " "))
	if err != nil {
		return nil, err
	}
	spec, ok := schedule.(*cronparser.SpecSchedule)
	if !ok {
		return nil, fmt.Errorf("found a %T, expected five fields", schedule)
	}
	// The library steps over Sunday twice, as 0 and as 7, in a range such as FRI-MON/2.
	for item := range strings.SplitSeq(fields[4], ",") {
		if from, _, isRange := strings.Cut(item, "-"); isRange && strings.Contains(item, "/") && wraps(from, item) {
			return nil, errors.New("a step does not work in a range that passes the end of the week; list the days")
		}
	}
	return spec, nil
}

// stepFrom is a weekday with a step.
var stepFrom = regexp.MustCompile(`^(\w+)/(\d+)$`)

// untilSaturday writes the ends of steps into the weekdays: 1/3 is Monday and Thursday. The
// library goes on to 7, which is Sunday again.
func untilSaturday(field string) string {
	const saturday = 6
	items := strings.Split(field, ",")
	for i, item := range items {
		m := stepFrom.FindStringSubmatch(item)
		if m == nil {
			continue
		}
		step, err := strconv.Atoi(m[2])
		switch {
		case err != nil, step == 0, step > saturday+1: // the library says what is wrong
		case weekday(m[1])+step > saturday:
			items[i] = m[1]
		default:
			items[i] = fmt.Sprintf("%s-%d/%d", m[1], saturday, step)
		}
	}
	return strings.Join(items, ",")
}

// wraps tells whether a range of weekdays with a step, from-to/step, passes the end
// of the week: then it has Sunday before its last day.
func wraps(from, item string) bool {
	to, _, _ := strings.Cut(strings.TrimPrefix(item, from+"-"), "/")
	return weekday(from) > weekday(to)
}

func weekday(text string) int {
	if i := strings.Index("sunmontuewedthufrisat", strings.ToLower(text)); len(text) == 3 && i >= 0 {
		return i / 3
	}
	day, _ := strconv.Atoi(text) // the library has taken it
	return day
}

// possible tells whether there is any day that c names.
func (c *cron) possible() bool {
	if !c.anyWeekday {
		return true
	}
	for month := time.January; month <= time.December; month++ {
		const leapYear = 2024
		if c.months&(1<<month) != 0 && bits.TrailingZeros64(c.days) <= daysIn(leapYear, month) {
			return true
		}
	}
	return false
}

func daysIn(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// next implements ticker.
func (c *cron) next(after time.Time) (time.Time, bool) {
	if c.realTime {
		return c.nextReal(after)
	}
	wall, ok := c.nextWall(ahead(after, c.loc))
	if !ok {
		return time.Time{}, false
	}
	return reach(wall, c.loc), true
}

// nextReal looks for a match in one period of the zone after the other.
func (c *cron) nextReal(after time.Time) (time.Time, bool) {
	p := periodOf(after, c.loc)
	from := p.wall(after).Truncate(time.Minute).Add(time.Minute)
	for {
		wall, ok := c.nextWall(from)
		if !ok {
			return time.Time{}, false
		}
		if at := wall.Add(-p.offset); p.has(at) {
			return at, true
		}
		start := p.end
		p = periodOf(start, c.loc)
		from = ceilMinute(p.wall(start))
	}
}

// nextWall returns the first minute from the given one on that c names. It is false
// from the year 10000 on, which every search reaches: the rarest day, 29 February on one
// weekday, comes at least every 40 years.
func (c *cron) nextWall(from time.Time) (time.Time, bool) {
	year, month, day := from.Date()
	hour, minute := from.Hour(), from.Minute()
	weekday := from.Weekday()
	for year < end.Year() {
		if c.months&(1<<month) == 0 {
			from = time.Date(year, month+1, 1, 0, 0, 0, 0, time.UTC)
		} else {
			for last := daysIn(year, month); day <= last; day++ {
				if c.hasDay(day, weekday) {
					if h, m, ok := c.timeOfDay(hour, minute); ok {
						return time.Date(year, month, day, h, m, 0, 0, time.UTC), true
					}
				}
				hour, minute = 0, 0
				weekday = (weekday + 1) % 7
			}
			from = time.Date(year, month+1, 1, 0, 0, 0, 0, time.UTC)
		}
		year, month, day = from.Date()
		hour, minute, weekday = 0, 0, from.Weekday()
	}
	return time.Time{}, false
}

func (c *cron) hasDay(day int, weekday time.Weekday) bool {
	inMonth, inWeek := c.days&(1<<day) != 0, c.weekdays&(1<<weekday) != 0
	if c.anyDay || c.anyWeekday {
		return inMonth && inWeek
	}
	return inMonth || inWeek
}

// timeOfDay returns the first time from the given one on; false if it is another day's.
func (c *cron) timeOfDay(hour, minute int) (h, m int, ok bool) {
	if c.hours&(1<<hour) != 0 {
		if m := atLeast(c.minutes, minute); m < 60 {
			return hour, m, true
		}
	}
	h = atLeast(c.hours, hour+1)
	return h, atLeast(c.minutes, 0), h < 24
}

// atLeast is the lowest value of a mask that is not below least; 60 or more if there is none.
func atLeast(mask uint64, least int) int {
	return least + bits.TrailingZeros64(mask&(1<<60-1)>>least)
}

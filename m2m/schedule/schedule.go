// Package schedule reads m2m:scheduleEntry, the cron-like pattern of times in
// the accessControlWindow of an access control rule, in a <schedule> resource
// and in the time windows of other resource types, and tells which instants it
// contains. TS-0004 7.4.9.1.
//
// An entry is a line of seven fields: second, minute, hour, day of the month,
// month, day of the week (0 is Sunday) and year. Unlike in cron, a day must
// match both its fields: the standard has no exception from "all fields".
// Times are UTC. The package imports nothing of Sigil, so that the schema and
// the access decision can both use it. Entries are immutable and safe for
// concurrent use.
package schedule

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// maxLength bounds an entry from a stranger, in bytes. All sixty seconds and
// minutes, hours, days, months and weekdays spelled out take under 600.
const maxLength = 1024

// The years that the standard knows. TS-0004 table 7.4.9.1-4.
const (
	firstYear = 2000
	lastYear  = 9999
)

// fields are the fields but the year, in their order on the line, with the
// numbers that each may hold. TS-0004 table 7.4.9.1-4.
var fields = [...]struct {
	name     string
	min, max int
}{
	{"second", 0, 59},
	{"minute", 0, 59},
	{"hour", 0, 23},
	{"day of the month", 1, 31},
	{"month", 1, 12},
	{"day of the week", 0, 6},
	{"year", firstYear, lastYear},
}

// An Entry is a parsed m2m:scheduleEntry: a set of seconds on the calendar.
// The zero Entry contains none.
type Entry struct {
	second, minute, hour, day, month, weekday uint64 // bit n: the number n matches
	years                                     []span
}

// A span is the numbers first, first+step, ... up to last.
type span struct{ first, last, step int }

func (s span) contains(n int) bool {
	return n >= s.first && n <= s.last && (n-s.first)%s.step == 0
}

// Parse reads an entry such as "* 0-5 2,6,10 * * * *". The error names the
// field at fault.
func Parse(s string) (Entry, error) {
	var e Entry
	if len(s) > maxLength {
		return e, fmt.Errorf("the schedule entry is longer than %d bytes", maxLength)
	}
	texts := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\t' })
	if len(texts) != len(fields) {
		return e, fmt.Errorf("a schedule entry has %d fields, not %d", len(fields), len(texts))
	}
	for i, set := range [...]*uint64{&e.second, &e.minute, &e.hour, &e.day, &e.month, &e.weekday} {
		spans, err := parseField(texts[i], fields[i].min, fields[i].max)
		if err != nil {
			return Entry{}, fmt.Errorf("field %s: %w", fields[i].name, err)
		}
		for _, p := range spans {
			for n := p.first; n <= p.last; n += p.step {
				*set |= 1 << n
			}
		}
	}
	years, err := parseField(texts[len(fields)-1], firstYear, lastYear)
	if err != nil {
		return Entry{}, fmt.Errorf("field year: %w", err)
	}
	e.years = years
	return e, nil
}

// parseField reads an asterisk or a list of elements.
func parseField(s string, least, most int) ([]span, error) {
	if s == "*" {
		return []span{{least, most, 1}}, nil
	}
	var spans []span
	for element := range strings.SplitSeq(s, ",") {
		p, err := parseElement(element, least, most)
		if err != nil {
			return nil, err
		}
		spans = append(spans, p)
	}
	return spans, nil
}

// parseElement reads a number, a range, or a range or an asterisk with a step.
// A step after a lone number, which some crons know, has no meaning here.
func parseElement(s string, least, most int) (span, error) {
	body, stepText, stepped := strings.Cut(s, "/")
	p := span{least, most, 1}
	var err error
	if stepped {
		if p.step, err = number(stepText, 1, lastYear); err != nil {
			return p, fmt.Errorf("step %w", err)
		}
		if body == "*" {
			return p, nil
		}
	}
	from, to, ranged := strings.Cut(body, "-")
	if p.first, err = number(from, least, most); err != nil {
		return p, err
	}
	switch {
	case ranged:
		if p.last, err = number(to, least, most); err != nil {
			return p, err
		}
		if p.last < p.first {
			return p, fmt.Errorf("the range %d-%d runs backwards", p.first, p.last)
		}
	case stepped:
		return p, errors.New("a step follows a range or an asterisk")
	default:
		p.last = p.first
	}
	return p, nil
}

// number reads up to four decimal digits.
func number(s string, least, most int) (int, error) {
	n, err := strconv.ParseUint(s, 10, 16) // takes no sign and no underscore
	if err != nil || len(s) > 4 || int(n) < least || int(n) > most {
		if len(s) > 16 {
			s = s[:16]
		}
		return 0, fmt.Errorf("%q is no number in %d to %d", s, least, most)
	}
	return int(n), nil
}

// Contains reports whether the entry matches the second in which t lies.
func (e *Entry) Contains(t time.Time) bool {
	t = t.UTC()
	hour, minute, second := t.Clock()
	if e.second>>second&1 == 0 || e.minute>>minute&1 == 0 || e.hour>>hour&1 == 0 {
		return false
	}
	year, month, day := t.Date()
	return e.matchesDay(month, day, t.Weekday()) && e.matchesYear(year)
}

func (e *Entry) matchesDay(month time.Month, day int, weekday time.Weekday) bool {
	return e.month>>month&1 != 0 && e.day>>day&1 != 0 && e.weekday>>weekday&1 != 0
}

func (e *Entry) matchesYear(year int) bool {
	for _, p := range e.years {
		if p.contains(year) {
			return true
		}
	}
	return false
}

package schedule

import (
	"fmt"
	"math/bits"
	"time"
)

// Next returns the earliest instant at or after t that the entry contains: t
// itself if it does, else the start of a second, in UTC. It reports false if
// there is none, as after the entry's last year or for 31 February. Its cost
// is bounded: it looks at each year at most once and inside a year of each
// kind at most once.
func (e *Entry) Next(t time.Time) (time.Time, bool) {
	t = t.UTC()
	if e.Contains(t) {
		return t, true
	}
	if e.second == 0 { // the zero Entry
		return time.Time{}, false
	}
	t = t.Truncate(time.Second).Add(time.Second)
	if start := time.Date(firstYear, time.January, 1, 0, 0, 0, 0, time.UTC); t.Before(start) {
		t = start
	}
	year, month, day := t.Date()
	if e.matchesYear(year) {
		if e.matchesDay(month, day, t.Weekday()) {
			if hour, minute, second, ok := e.nextClock(t.Clock()); ok {
				return time.Date(year, month, day, hour, minute, second, 0, time.UTC), true
			}
		}
		if found, ok := e.firstDay(time.Date(year, month, day+1, 0, 0, 0, 0, time.UTC), year); ok {
			return found, true
		}
	}
	// Whether a whole year has a matching day depends on its first weekday and
	// its length alone: of those there are fourteen kinds.
	var barren uint16
	for year++; year <= lastYear; year++ {
		if !e.matchesYear(year) {
			continue
		}
		first := time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC)
		kind := uint16(1) << first.Weekday()
		if leap(year) {
			kind <<= 7
		}
		if barren&kind != 0 {
			continue
		}
		if found, ok := e.firstDay(first, year); ok {
			return found, true
		}
		barren |= kind
	}
	return time.Time{}, false
}

// firstDay returns the first matching second of the first matching day of
// year at or after from, which is a midnight.
func (e *Entry) firstDay(from time.Time, year int) (time.Time, bool) {
	for d := from; d.Year() == year; d = d.AddDate(0, 0, 1) {
		if e.month>>d.Month()&1 == 0 {
			d = time.Date(year, d.Month()+1, 0, 0, 0, 0, 0, time.UTC) // its last day
			continue
		}
		if e.matchesDay(d.Month(), d.Day(), d.Weekday()) {
			return d.Add(time.Duration(first(e.hour))*time.Hour +
				time.Duration(first(e.minute))*time.Minute +
				time.Duration(first(e.second))*time.Second), true
		}
	}
	return time.Time{}, false
}

// nextClock returns the earliest matching time of day at or after the one
// given.
func (e *Entry) nextClock(hour, minute, second int) (h, m, s int, ok bool) {
	if e.hour>>hour&1 != 0 {
		if e.minute>>minute&1 != 0 {
			if s, ok = from(e.second, second); ok {
				return hour, minute, s, true
			}
		}
		if m, ok = from(e.minute, minute+1); ok {
			return hour, m, first(e.second), true
		}
	}
	h, ok = from(e.hour, hour+1)
	return h, first(e.minute), first(e.second), ok
}

// from returns the least number in set that is at least n; n is at most 63.
func from(set uint64, n int) (int, bool) {
	rest := set >> n << n
	return bits.TrailingZeros64(rest), rest != 0
}

// first returns the least number in set, which is not empty.
func first(set uint64) int { return bits.TrailingZeros64(set) }

func leap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// A Set is the union of entries: the value of an attribute or an element that
// may repeat, such as scheduleElement or accessControlWindow.
type Set []Entry

// ParseSet reads each of the entries. The error names the first at fault by
// its place in the list, counted from 1.
func ParseSet(entries []string) (Set, error) {
	set := make(Set, 0, len(entries))
	for i, s := range entries {
		e, err := Parse(s)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", i+1, err)
		}
		set = append(set, e)
	}
	return set, nil
}

// Contains reports whether any entry contains t. The empty Set contains
// nothing: whether no schedule means always is for the caller to say.
func (s Set) Contains(t time.Time) bool {
	for i := range s {
		if s[i].Contains(t) {
			return true
		}
	}
	return false
}

// Next returns the earliest instant at or after t that any entry contains, in
// UTC, and reports false if there is none.
func (s Set) Next(t time.Time) (next time.Time, ok bool) {
	for i := range s {
		if n, found := s[i].Next(t); found && (!ok || n.Before(next)) {
			next, ok = n, true
		}
	}
	return next, ok
}

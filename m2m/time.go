package m2m

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Clock tells the time and wakes sleepers. It is passed in wherever time
// matters, so that tests own time (see m2m/clocktest).
type Clock interface {
	// Now returns the current time in UTC.
	Now() time.Time
	// AfterFunc calls f in its own goroutine once d has passed, unless the
	// returned stop is called first.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

// SystemClock is the Clock of the machine.
type SystemClock struct{}

// Now returns the machine's time in UTC.
func (SystemClock) Now() time.Time { return time.Now().UTC() }

// AfterFunc is time.AfterFunc.
func (SystemClock) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	return time.AfterFunc(d, f).Stop
}

// FormatTimestamp writes t as an m2m:timestamp in UTC with six digits of
// fraction: 20141003T112032,000000. TS-0004 6.3.3.
func FormatTimestamp(t time.Time) string { return string(AppendTimestamp(nil, t)) }

// AppendTimestamp appends what [FormatTimestamp] returns to b.
func AppendTimestamp(b []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	b = appendDigits(b, year, 4)
	b = appendDigits(b, int(month), 2)
	b = appendDigits(b, day, 2)
	b = append(b, 'T')
	b = appendDigits(b, hour, 2)
	b = appendDigits(b, minute, 2)
	b = appendDigits(b, second, 2)
	b = append(b, ',')
	return appendDigits(b, t.Nanosecond()/1000, 6)
}

func appendDigits(b []byte, v, width int) []byte {
	for range width {
		b = append(b, '0')
	}
	for i := len(b) - 1; i >= len(b)-width; i-- {
		b[i] = byte('0' + v%10)
		v /= 10
	}
	return b
}

// ParseTimestamp reads an m2m:timestamp: YYYYMMDDThhmmss with an optional
// comma and one to six digits of fraction, no time zone. TS-0004 6.3.3.
func ParseTimestamp(s string) (time.Time, error) {
	bad := func() (time.Time, error) {
		return time.Time{}, fmt.Errorf("%q is not a timestamp of the form YYYYMMDDThhmmss[,ffffff]", Clip(s))
	}
	if len(s) < 15 || s[8] != 'T' {
		return bad()
	}
	var f [6]int
	for i, span := range [6][2]int{{0, 4}, {4, 6}, {6, 8}, {9, 11}, {11, 13}, {13, 15}} {
		n, ok := digits(s[span[0]:span[1]])
		if !ok {
			return bad()
		}
		f[i] = n
	}
	nanos := 0
	if rest := s[15:]; rest != "" {
		if rest[0] != ',' || len(rest) < 2 || len(rest) > 7 {
			return bad()
		}
		n, ok := digits(rest[1:])
		if !ok {
			return bad()
		}
		for i := len(rest) - 1; i < 9; i++ {
			n *= 10
		}
		nanos = n
	}
	t := time.Date(f[0], time.Month(f[1]), f[2], f[3], f[4], f[5], nanos, time.UTC)
	// time.Date normalises 31 February and 25:00; the standard has no such day.
	if t.Month() != time.Month(f[1]) || t.Day() != f[2] || t.Hour() != f[3] || t.Minute() != f[4] || t.Second() != f[5] {
		return bad()
	}
	return t, nil
}

// ParseAbsRelTimestamp reads an m2m:absRelTimestamp, an absolute timestamp or
// a number of milliseconds from now, and the ISO 8601 period that TS-0009
// 6.2.2.2 shows in its examples. A negative number is a time in the past.
func ParseAbsRelTimestamp(s string, now time.Time) (time.Time, error) {
	if ms, err := strconv.ParseInt(s, 10, 64); err == nil {
		const limit = int64(1) << 53 / 1000 // keeps the sum within time.Time's formatted years
		if ms > limit || ms < -limit {
			return time.Time{}, fmt.Errorf("%q milliseconds is too far from now", Clip(s))
		}
		return now.Add(time.Duration(ms) * time.Millisecond), nil
	}
	if strings.HasPrefix(s, "P") || strings.HasPrefix(s, "-P") {
		p, err := ParseDuration(s)
		if err != nil {
			return time.Time{}, err
		}
		t := p.AddTo(now)
		if t.Year() < 0 || t.Year() > 9999 { // a timestamp has four digits for it
			return time.Time{}, fmt.Errorf("%q is too far from now", Clip(s))
		}
		return t, nil
	}
	return ParseTimestamp(s)
}

// A Duration is an xs:duration: months and days keep their calendar length.
type Duration struct {
	Negative            bool
	Years, Months, Days int
	Time                time.Duration // hours, minutes and seconds
}

// AddTo returns t moved by the duration.
func (d Duration) AddTo(t time.Time) time.Time {
	if d.Negative {
		return t.AddDate(-d.Years, -d.Months, -d.Days).Add(-d.Time)
	}
	return t.AddDate(d.Years, d.Months, d.Days).Add(d.Time)
}

// ParseDuration reads an xs:duration such as P1Y2M3DT10H1M0.5S. TS-0004 6.3.2.
func ParseDuration(s string) (Duration, error) {
	bad := fmt.Errorf("%q is not a duration of the form PnYnMnDTnHnMnS", Clip(s))
	var d Duration
	rest, neg := strings.CutPrefix(s, "-")
	d.Negative = neg
	rest, ok := strings.CutPrefix(rest, "P")
	if !ok || rest == "" || len(rest) > 64 {
		return d, bad
	}
	date, clock, hasT := strings.Cut(rest, "T")
	if hasT && clock == "" {
		return d, bad
	}
	if err := durationFields(date, "YMWD", func(unit byte, n int, frac time.Duration) bool {
		switch unit {
		case 'Y':
			d.Years = n
		case 'M':
			d.Months = n
		case 'W': // ISO 8601 has it, XML Schema has not; clients send it
			d.Days += 7 * n
		case 'D':
			d.Days += n
		}
		return frac < 0 // fractions belong to seconds alone
	}); err != nil {
		return d, bad
	}
	if err := durationFields(clock, "HMS", func(unit byte, n int, frac time.Duration) bool {
		switch unit {
		case 'H':
			if n > 1_000_000 { // a time.Duration ends at 2.5 million
				return false
			}
			d.Time += time.Duration(n) * time.Hour
		case 'M':
			d.Time += time.Duration(n) * time.Minute
		case 'S':
			d.Time += time.Duration(n)*time.Second + max(frac, 0)
		}
		return frac < 0 || unit == 'S'
	}); err != nil {
		return d, bad
	}
	return d, nil
}

// durationFields hands set each number and unit of s, whose units must come
// in the order of units, each at most once. frac is negative if the number
// has no fraction.
func durationFields(s, units string, set func(unit byte, n int, frac time.Duration) bool) error {
	bad := fmt.Errorf("bad duration")
	for s != "" {
		i := 0
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		if i == 0 || i > 7 {
			return bad
		}
		n, _ := digits(s[:i])
		s = s[i:]
		frac := time.Duration(-1)
		if s != "" && (s[0] == '.' || s[0] == ',') {
			j := 1
			for j < len(s) && s[j] >= '0' && s[j] <= '9' {
				j++
			}
			if j == 1 || j > 10 {
				return bad
			}
			f, _ := digits(s[1:j])
			for k := j; k < 10; k++ {
				f *= 10
			}
			frac = time.Duration(f)
			s = s[j:]
		}
		if s == "" {
			return bad
		}
		at := strings.IndexByte(units, s[0])
		if at < 0 || !set(s[0], n, frac) {
			return bad
		}
		units = units[at+1:]
		s = s[1:]
	}
	return nil
}

// digits reads a run of at most nine decimal digits.
func digits(s string) (int, bool) {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, s != ""
}

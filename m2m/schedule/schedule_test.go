package schedule_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sigil-m2m/sigil/m2m/schedule"
	"pgregory.net/rapid"
)

func at(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04:05.999999999", s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestContains(t *testing.T) {
	for _, tt := range []struct {
		name, entry, time string
		want              bool
	}{
		{"asterisks match any second", "* * * * * * *", "2026-11-23 14:37:43", true},
		{"a fraction belongs to its second", "43 * * * * * *", "2026-11-23 14:37:43.999999999", true},
		{"the first example has 02:05:59", "* 0-5 2,6,10 * * * *", "2026-11-23 02:05:59", true},
		{"the first example has not 02:06:00", "* 0-5 2,6,10 * * * *", "2026-11-23 02:06:00", false},
		{"the first example has 10:00:00", "* 0-5 2,6,10 * * * *", "2026-11-23 10:00:00", true},
		{"the first example has not 11:00:00", "* 0-5 2,6,10 * * * *", "2026-11-23 11:00:00", false},
		{"the second example has 20:59:59", "* * 8-20 * * * *", "2026-11-23 20:59:59", true},
		{"the second example has not 21:00:00", "* * 8-20 * * * *", "2026-11-23 21:00:00", false},
		{"the third example has 00:30", "* * 0-23/2 * * * *", "2026-11-23 00:30:00", true},
		{"the third example has not 01:30", "* * 0-23/2 * * * *", "2026-11-23 01:30:00", false},
		{"the fourth example has Sunday", "* * * * * */2 *", "2026-11-22 12:00:00", true},
		{"the fourth example has not Monday", "* * * * * */2 *", "2026-11-23 12:00:00", false},
		{"the fourth example has Saturday", "* * * * * */2 *", "2026-11-28 12:00:00", true},
		{"a step over an asterisk starts at the least number", "* * * */10 * * *", "2026-11-21 00:00:00", true},
		{"a step over an asterisk skips what is no multiple", "* * * */10 * * *", "2026-11-20 00:00:00", false},
		{"day of month and weekday must both match", "* * * 23 * 0 *", "2026-11-23 00:00:00", false},
		{"day of month and weekday both match", "* * * 23 * 1 *", "2026-11-23 00:00:00", true},
		{"a year out of the list", "* * * * * * 2024,2027-2030", "2026-11-23 00:00:00", false},
		{"a year in a range", "* * * * * * 2024,2026-2030", "2026-11-23 00:00:00", true},
		{"a year on a step", "* * * * * * 2000-2030/13", "2026-11-23 00:00:00", true},
		{"the last year", "* * * * * * *", "9999-12-31 23:59:59", true},
		{"a year before the first", "* * * * * * *", "1999-12-31 23:59:59", false},
		{"runs of blanks are one", " *  *\t* * * * * ", "2026-11-23 00:00:00", true},
		{"a list may hold a step over an asterisk", "* * */12,7 * * * *", "2026-11-23 07:00:00", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, err := schedule.Parse(tt.entry)
			if err != nil {
				t.Fatal(err)
			}
			if got := e.Contains(at(tt.time)); got != tt.want {
				t.Errorf("%q contains %s: got %t, want %t", tt.entry, tt.time, got, tt.want)
			}
			// Another zone shows another clock but the same instant.
			zone := time.FixedZone("", 5*3600+1800)
			if got := e.Contains(at(tt.time).In(zone)); got != tt.want {
				t.Errorf("in another zone: got %t, want %t", got, tt.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, tt := range []struct{ name, entry, want string }{
		{"no fields", "", "7 fields, not 0"},
		{"six fields", "* * * * * *", "7 fields, not 6"},
		{"eight fields", "* * * * * * * *", "7 fields, not 8"},
		{"second 60", "60 * * * * * *", "field second"},
		{"minute 60", "* 60 * * * * *", "field minute"},
		{"hour 24", "* * 24 * * * *", "field hour"},
		{"day 0", "* * * 0 * * *", "field day of the month"},
		{"day 32", "* * * 32 * * *", "field day of the month"},
		{"month 13", "* * * * 13 * *", "field month"},
		{"weekday 7", "* * * * * 7 *", "field day of the week"},
		{"a name of a weekday", "* * * * * SUN *", "field day of the week"},
		{"year 1999", "* * * * * * 1999", "field year"},
		{"year 10000", "* * * * * * 10000", "field year"},
		{"a signed number", "+5 * * * * * *", "field second"},
		{"a negative number", "-5 * * * * * *", "field second"},
		{"an underscore", "1_0 * * * * * *", "field second"},
		{"a digit of another script", "٣ * * * * * *", "field second"},
		{"a range that runs backwards", "* * 20-8 * * * *", "runs backwards"},
		{"a range without an end", "* * 8- * * * *", "field hour"},
		{"a range of three", "* * 8-9-10 * * * *", "field hour"},
		{"step 0", "*/0 * * * * * *", "step"},
		{"an empty step", "*/ * * * * * *", "step"},
		{"two steps", "*/2/2 * * * * * *", "step"},
		{"a step after a number", "5/2 * * * * * *", "a step follows"},
		{"an empty element", "1,,2 * * * * * *", "field second"},
		{"an asterisk in a list", "*,2 * * * * * *", "field second"},
		{"an asterisk in a range", "*-2 * * * * * *", "field second"},
		{"a question mark", "* * * ? * * *", "field day of the month"},
		{"a line break between fields", "* * * * * *\n*", "7 fields, not 6"},
		{"too long", strings.Repeat("1,", 600) + "1 * * * * * *", "longer than"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := schedule.Parse(tt.entry)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("%q: got error %v, want one with %q", tt.entry, err, tt.want)
			}
		})
	}
}

func TestNext(t *testing.T) {
	const never = ""
	for _, tt := range []struct{ name, entry, from, want string }{
		{"now, fraction and all", "* * * * * * *", "2026-11-23 14:37:43.5", "2026-11-23 14:37:43.5"},
		{"the next second of the minute", "50 * * * * * *", "2026-11-23 14:37:43.5", "2026-11-23 14:37:50"},
		{"the next minute", "10 * * * * * *", "2026-11-23 14:37:43", "2026-11-23 14:38:10"},
		{"the next hour", "0 0 * * * * *", "2026-11-23 14:37:43", "2026-11-23 15:00:00"},
		{"the next day", "0 0 8 * * * *", "2026-11-23 14:37:43", "2026-11-24 08:00:00"},
		{"across the end of a year", "0 0 8 1 1 * *", "2026-11-23 14:37:43", "2027-01-01 08:00:00"},
		{"the next leap day", "* * * 29 2 * *", "2026-11-23 14:37:43", "2028-02-29 00:00:00"},
		{"a leap day after a century without one", "* * * 29 2 * *", "2096-03-01 00:00:00", "2104-02-29 00:00:00"},
		{"a leap day that is a Sunday", "* * * 29 2 0 *", "2026-11-23 14:37:43", "2032-02-29 00:00:00"},
		{"the leap day after it that is a Sunday", "* * * 29 2 0 *", "2032-03-01 00:00:00", "2060-02-29 00:00:00"},
		{"the first second of the first year", "* * * * * * *", "1970-01-01 00:00:00", "2000-01-01 00:00:00"},
		{"a far year", "59 59 23 31 12 * 9999", "2026-11-23 14:37:43", "9999-12-31 23:59:59"},
		{"never: 31 February", "* * * 31 2 * *", "2026-11-23 14:37:43", never},
		{"never: a year gone by", "* * * * * * 2025", "2026-11-23 14:37:43", never},
		{"never: after the last year", "* * * * * * *", "10000-01-01 00:00:00", never},
		{"a fraction before the last second of a day", "59 59 23 * * * *", "2026-12-31 23:59:58.999", "2026-12-31 23:59:59"},
		{"later on the last day, on the next one", "0 0 0 * * * *", "2026-12-31 00:00:01", "2027-01-01 00:00:00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, err := schedule.Parse(tt.entry)
			if err != nil {
				t.Fatal(err)
			}
			from := time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
			if !strings.HasPrefix(tt.from, "10000") {
				from = at(tt.from)
			}
			got, ok := e.Next(from)
			if tt.want == never {
				if ok {
					t.Errorf("got %s, want none", got)
				}
			} else if !ok || !got.Equal(at(tt.want)) {
				t.Errorf("got %s, %t, want %s", got, ok, tt.want)
			}
		})
	}
}

func TestNextFindsRareDays(t *testing.T) {
	for _, day := range []struct{ month, day int }{{2, 29}, {1, 1}, {12, 31}} {
		for weekday := range 7 {
			e, err := schedule.Parse(fmt.Sprintf("0 0 0 %d %d %d *", day.day, day.month, weekday))
			if err != nil {
				t.Fatal(err)
			}
			for year := 2000; year < 2420; year++ {
				want := time.Date(year, time.Month(day.month), day.day, 0, 0, 0, 0, time.UTC)
				for y := year; want.Day() != day.day || int(want.Weekday()) != weekday; y++ {
					want = time.Date(y, time.Month(day.month), day.day, 0, 0, 0, 0, time.UTC)
				}
				if got, ok := e.Next(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)); !ok || !got.Equal(want) {
					t.Fatalf("%d-%d on weekday %d from %d: got %s, want %s", day.month, day.day, weekday, year, got, want)
				}
			}
		}
	}
}

func TestZeroEntryContainsNothing(t *testing.T) {
	var e schedule.Entry
	if e.Contains(at("2026-11-23 00:00:00")) {
		t.Error("the zero entry contains an instant")
	}
	if next, ok := e.Next(at("2026-11-23 00:00:00")); ok {
		t.Errorf("the zero entry has a next instant, %s", next)
	}
}

func TestSet(t *testing.T) {
	set, err := schedule.ParseSet([]string{"* * 8 * * * *", "* * 6 * * * *"})
	if err != nil {
		t.Fatal(err)
	}
	if !set.Contains(at("2026-11-23 06:10:00")) || !set.Contains(at("2026-11-23 08:10:00")) || set.Contains(at("2026-11-23 07:10:00")) {
		t.Error("a set is not the union of its entries")
	}
	if next, ok := set.Next(at("2026-11-23 07:00:00")); !ok || !next.Equal(at("2026-11-23 08:00:00")) {
		t.Errorf("next is %s, %t", next, ok)
	}
	if next, ok := set.Next(at("2026-11-23 09:00:00")); !ok || !next.Equal(at("2026-11-24 06:00:00")) {
		t.Errorf("next is %s, %t", next, ok)
	}
	if set := (schedule.Set{}); set.Contains(at("2026-11-23 06:10:00")) {
		t.Error("the empty set contains an instant")
	}
	if _, err := schedule.ParseSet([]string{"* * * * * * *", "x"}); err == nil || !strings.Contains(err.Error(), "entry 2") {
		t.Errorf("the error %v does not name the entry", err)
	}
}

// field draws the text of a field and the numbers that it stands for.
func field(t *rapid.T, label string, least, most int) (string, []int) {
	if rapid.Bool().Draw(t, label+" any") {
		return "*", nil
	}
	var texts []string
	var numbers []int
	for range rapid.IntRange(1, 3).Draw(t, label+" elements") {
		lo := rapid.IntRange(least, most).Draw(t, label+" from")
		hi := rapid.IntRange(lo, min(most, lo+60)).Draw(t, label+" to")
		step := rapid.IntRange(1, 7).Draw(t, label+" step")
		switch {
		case lo == hi:
			texts = append(texts, fmt.Sprint(lo))
		case step == 1:
			texts = append(texts, fmt.Sprintf("%d-%d", lo, hi))
		default:
			texts = append(texts, fmt.Sprintf("%d-%d/%d", lo, hi, step))
		}
		for n := lo; n <= hi; n += step {
			numbers = append(numbers, n)
		}
	}
	return strings.Join(texts, ","), numbers
}

func TestContainsAgreesWithListsOfNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var texts [7]string
		var numbers [7][]int
		for i, f := range []struct {
			name        string
			least, most int
		}{{"second", 0, 59}, {"minute", 0, 59}, {"hour", 0, 23}, {"day", 1, 31}, {"month", 1, 12}, {"weekday", 0, 6}, {"year", 2000, 2100}} {
			texts[i], numbers[i] = field(t, f.name, f.least, f.most)
		}
		line := strings.Join(texts[:], " ")
		e, err := schedule.Parse(line)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		model := func(at time.Time) bool {
			for i, n := range [7]int{at.Second(), at.Minute(), at.Hour(), at.Day(), int(at.Month()), int(at.Weekday()), at.Year()} {
				if numbers[i] != nil && !slices.Contains(numbers[i], n) {
					return false
				}
			}
			return true
		}
		from := time.Unix(rapid.Int64Range(946684800, 4102444800).Draw(t, "time"), 0).UTC()
		if got := e.Contains(from); got != model(from) {
			t.Fatalf("%q contains %s: got %t", line, from, got)
		}
		next, ok := e.Next(from)
		if !ok {
			return
		}
		if !model(next) || next.Before(from) {
			t.Fatalf("%q: next after %s is %s", line, from, next)
		}
		// Nothing that matches lies between.
		for range 50 {
			if !next.After(from) {
				break
			}
			between := from.Add(time.Duration(rapid.Int64Range(0, int64(next.Sub(from).Seconds())-1).Draw(t, "between")) * time.Second)
			if model(between) {
				t.Fatalf("%q: %s lies between %s and %s", line, between, from, next)
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"* * * * * * *", "* 0-5 2,6,10 * * * *", "* * 0-23/2 * * */2 2000-9999/4", "*/0 * * * * * *", "1-", "* * * 31 2 * *"} {
		f.Add(s, int64(1795000000))
	}
	f.Fuzz(func(t *testing.T, s string, unix int64) {
		e, err := schedule.Parse(s)
		if err != nil {
			return
		}
		from := time.Unix(unix%300_000_000_000, 0)
		next, ok := e.Next(from)
		if ok && (!e.Contains(next) || next.Before(from)) {
			t.Errorf("%q: next after %s is %s", s, from, next)
		}
		if !ok && e.Contains(from) {
			t.Errorf("%q contains %s but has no next", s, from)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := schedule.Parse("* 0-5 2,6,10 * * * *"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkContains(b *testing.B) {
	e, err := schedule.Parse("* 0-59 0-23/2 * * * *")
	if err != nil {
		b.Fatal(err)
	}
	now := at("2026-11-23 14:37:43")
	b.ReportAllocs()
	for b.Loop() {
		if !e.Contains(now) {
			b.Fatal("not contained")
		}
	}
}

func BenchmarkNextNever(b *testing.B) {
	e, err := schedule.Parse("* * * 31 2 * *")
	if err != nil {
		b.Fatal(err)
	}
	now := at("2026-11-23 14:37:43")
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := e.Next(now); ok {
			b.Fatal("found")
		}
	}
}

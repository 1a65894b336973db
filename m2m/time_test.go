package m2m

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParseTimestamp(t *testing.T) {
	at := func(nanos int) time.Time { return time.Date(2014, 10, 3, 11, 20, 32, nanos, time.UTC) }
	for _, tt := range []struct {
		name, in string
		want     time.Time
	}{
		{"without a fraction", "20141003T112032", at(0)},
		{"with one digit", "20141003T112032,5", at(500_000_000)},
		{"with six digits", "20141003T112032,000001", at(1_000)},
		{"of a leap day", "20240229T000000", time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)},
		{"at the end of time", "99991231T235959,999999", time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseTimestamp(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if !got.Equal(tt.want) || got.Location() != time.UTC {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestParseTimestampRefuses(t *testing.T) {
	for _, tt := range []struct{ name, in string }{
		{"no text", ""},
		{"a date alone", "20141003"},
		{"a separator at the end", "20141003T112032,"},
		{"seven digits of fraction", "20141003T112032,0000001"},
		{"a point for a comma", "20141003T112032.5"},
		{"a time zone", "20141003T112032Z"},
		{"a time zone after the fraction", "20141003T112032,5Z"},
		{"a space for the T", "20141003 112032"},
		{"the extended format", "2014-10-03T11:20:32"},
		{"a sign", "+0141003T112032"},
		{"a day that its month has not", "20140231T000000"},
		{"a leap day in a common year", "20230229T000000"},
		{"month 13", "20141303T112032"},
		{"month 0", "20140003T112032"},
		{"day 0", "20141000T112032"},
		{"hour 24", "20141003T240000"},
		{"minute 60", "20141003T116000"},
		{"a leap second", "20161231T235960"},
		{"digits of another script", "２014100T112032"},
		{"a number", "1412335232"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := ParseTimestamp(tt.in); err == nil {
				t.Errorf("%q is %v, want an error", tt.in, got)
			}
		})
	}
}

func TestTimestampsSurviveFormatting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		end := time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro() - 1
		want := time.UnixMicro(rapid.Int64Range(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro(), end).Draw(t, "µs")).UTC()
		text := FormatTimestamp(want)
		got, err := ParseTimestamp(text)
		if err != nil || !got.Equal(want) {
			t.Fatalf("%v is %q is %v, %v", want, text, got, err)
		}
	})
	elsewhere := time.Date(2014, 10, 3, 13, 20, 32, 999, time.FixedZone("", 2*3600))
	if got := FormatTimestamp(elsewhere); got != "20141003T112032,000000" {
		t.Errorf("a time of another zone is %q", got)
	}
}

func TestParseAbsRelTimestamp(t *testing.T) {
	now := time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name, in string
		want     time.Time
	}{
		{"an absolute time is itself", "20141003T112032", time.Date(2014, 10, 3, 11, 20, 32, 0, time.UTC)},
		{"a number is milliseconds from now", "3600000", now.Add(time.Hour)},
		{"a negative number is in the past", "-1500", now.Add(-1500 * time.Millisecond)},
		{"zero is now", "0", now},
		{"a period is from now", "PT1H0.5S", now.Add(time.Hour + 500*time.Millisecond)},
		{"a negative period is in the past", "-P1D", now.AddDate(0, 0, -1)},
		{"a month has the length of its calendar", "P1M", time.Date(2030, 3, 3, 12, 0, 0, 0, time.UTC)},
		{"eight digits are milliseconds, not a date", "20141003", now.Add(20141003 * time.Millisecond)},
		{"a century of milliseconds is not too far", "3155760000000", now.Add(3155760000000 * time.Millisecond)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseAbsRelTimestamp(tt.in, now)
			if err != nil {
				t.Fatal(err)
			}
			if !got.Equal(tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	for _, in := range []string{"", "1.5", "1e3", "0x10", "9223372036854775807", "-9223372036854775808", "99999999999999999999",
		"P", "-", "P9999999Y", "-P9999999Y", "PT9999999H", "tomorrow"} {
		if got, err := ParseAbsRelTimestamp(in, now); err == nil {
			t.Errorf("%q is %v, want an error", in, got)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want Duration
	}{
		{"P1Y2M3DT10H1M0.5S", Duration{Years: 1, Months: 2, Days: 3, Time: 10*time.Hour + time.Minute + 500*time.Millisecond}},
		{"-P1D", Duration{Negative: true, Days: 1}},
		{"PT0S", Duration{}},
		{"PT1M", Duration{Time: time.Minute}},
		{"P1M", Duration{Months: 1}},
		{"P2W", Duration{Days: 14}},
		{"P2W1D", Duration{Days: 15}},
		{"PT0.000000001S", Duration{Time: 1}},
		{"PT1,5S", Duration{Time: 1500 * time.Millisecond}},
		{"PT1000000H9999999M9999999S", Duration{Time: 1000000*time.Hour + 9999999*time.Minute + 9999999*time.Second}},
	} {
		got, err := ParseDuration(tt.in)
		if d := cmp.Diff(tt.want, got); err != nil || d != "" {
			t.Errorf("%s: %v %s", tt.in, err, d)
		}
		if got.Time < 0 {
			t.Errorf("%s has overflown", tt.in)
		}
	}
	for _, in := range []string{"", "P", "-P", "PT", "P1DT", "1D", "P1", "P1S", "PT1D", "PT1S1M", "P1D1Y", "P1Y1Y", "P1.5D", "PT1.5H", "P-1D",
		"--P1D", "+P1D", "p1d", "P1H", "PT.5S", "PT1.S", "PT1.0000000001S", "P12345678D", "PT1000001H", "PT1ST1S", "P 1D", "P1D "} {
		if got, err := ParseDuration(in); err == nil {
			t.Errorf("%q is %+v, want an error", in, got)
		}
	}
}

func FuzzParseAbsRelTimestamp(f *testing.F) {
	for _, s := range []string{"20141003T112032,5", "3600000", "-1", "P1Y2M3DT10H1M0.5S", "-P1W", "PT9999999H", "P9999999Y"} {
		f.Add(s)
	}
	now := time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseAbsRelTimestamp(s, now)
		if err != nil {
			return
		}
		if again, err := ParseTimestamp(FormatTimestamp(got)); err != nil || !again.Equal(got.Truncate(time.Microsecond)) {
			t.Fatalf("%q is %v, which is written and read as %v, %v", s, got, again, err)
		}
	})
}

func BenchmarkParseTimestamp(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseTimestamp("20141003T112032,000000"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendTimestamp(b *testing.B) {
	at := time.Date(2014, 10, 3, 11, 20, 32, 0, time.UTC)
	buf := make([]byte, 0, 32)
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendTimestamp(buf[:0], at)
	}
}

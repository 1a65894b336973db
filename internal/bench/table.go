package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

var columns = []string{
	"what", "ours/s", "floor/s", "ratio", "CPU µs", "floor's", "allocs", "floor's", "bytes", "floor's", "p50 / p99 ms", "floor's",
}

func (r row) cells() []string {
	whole := func(f float64) string { return strconv.FormatFloat(f, 'f', 0, 64) }
	latency := func(f figures) string { return fmt.Sprintf("%.2f / %.2f", f.P50, f.P99) }
	return []string{
		r.What, whole(r.Ours.Rate), whole(r.Floor.Rate),
		fmt.Sprintf("%.0f%% (%.0f-%.0f)", 100*r.Ratio, 100*r.Least, 100*r.Most),
		whole(r.Ours.CPU), whole(r.Floor.CPU),
		whole(r.Ours.Allocs), whole(r.Floor.Allocs),
		whole(r.Ours.Bytes), whole(r.Floor.Bytes),
		latency(r.Ours), latency(r.Floor),
	}
}

// writeTable writes rows as a table of Markdown, which reads as text too.
func writeTable(out io.Writer, machine string, rows []row, notes []note) error {
	lines := [][]string{columns}
	for _, r := range rows {
		lines = append(lines, r.cells())
	}
	width := make([]int, len(columns))
	for _, line := range lines {
		for i, cell := range line {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", machine)
	for n, line := range lines {
		if len(rows) == 0 {
			break
		}
		b.WriteString("\n|")
		for i, cell := range line {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if i == 0 { // text to the left, figures to the right
				cell, pad = cell+pad, ""
			}
			fmt.Fprintf(&b, " %s%s |", pad, cell)
		}
		if n == 0 {
			b.WriteString("\n|")
			for i := range columns {
				rule := strings.Repeat("-", width[i]+1)
				if i == 0 {
					fmt.Fprintf(&b, ":%s|", rule)
				} else {
					fmt.Fprintf(&b, "%s:|", rule)
				}
			}
		}
	}
	if len(rows) > 0 {
		b.WriteByte('\n')
	}
	for _, n := range notes {
		fmt.Fprintf(&b, "\n%s\n", n.Text)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

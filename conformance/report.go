package conformance

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// textReporter writes results for a reader.
type textReporter struct {
	w       io.Writer
	verbose bool
}

// NewReporter returns a Reporter that writes failures with what was asked and
// answered, skipped purposes with the reason, and what could not be deleted;
// with verbose, what passed too.
func NewReporter(w io.Writer, verbose bool) Reporter { return &textReporter{w, verbose} }

// Report writes one result.
func (t *textReporter) Report(r Result) {
	if r.Outcome != Passed || t.verbose {
		fmt.Fprintf(t.w, "%-7s %s  %s (%s)\n", r.Outcome, r.Purpose.ID, r.Purpose.Title, r.Purpose.Clause)
	}
	if r.Detail != "" {
		fmt.Fprintf(t.w, "    %s\n", r.Detail)
	}
	for _, address := range r.Left {
		fmt.Fprintf(t.w, "    left behind: %s\n", address)
	}
}

// WriteSummary writes one line a group and, last, the counts of the run.
func WriteSummary(w io.Writer, s Summary) error {
	var names []string
	groups := map[string]*Summary{}
	for _, r := range s.Results {
		g := groups[r.Group]
		if g == nil {
			g = new(Summary)
			groups[r.Group] = g
			names = append(names, r.Group)
		}
		switch r.Outcome {
		case Passed:
			g.Passed++
		case Failed:
			g.Failed++
		case Skipped:
			g.Skipped++
		}
	}
	for _, name := range names {
		if _, err := fmt.Fprintf(w, "%-44s %v\n", name, *groups[name]); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w, s)
	return err
}

// junitSuites is the JUnit XML report that build servers read.
type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Time     string       `xml:"time,attr"` // seconds
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Time    string        `xml:"time,attr"` // seconds
	Failure *junitMessage `xml:"failure"`
	Skipped *junitMessage `xml:"skipped"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes the summary as JUnit XML: one suite a scenario file, one
// case a purpose.
func WriteJUnit(w io.Writer, s Summary) error {
	doc := junitSuites{Tests: len(s.Results), Failures: s.Failed, Skipped: s.Skipped, Time: fmt.Sprintf("%.3f", s.Took.Seconds())}
	index := map[string]int{}
	for _, r := range s.Results {
		i, ok := index[r.File]
		if !ok {
			i = len(doc.Suites)
			index[r.File] = i
			doc.Suites = append(doc.Suites, junitSuite{Name: r.Group})
		}
		c := junitCase{Class: strings.TrimSuffix(r.File, ".yaml"), Name: r.Purpose.ID, Time: fmt.Sprintf("%.3f", r.Took.Seconds())}
		message := &junitMessage{Message: r.Purpose.Title + " (" + r.Purpose.Clause + ")", Text: r.Detail}
		suite := &doc.Suites[i]
		suite.Tests++
		switch r.Outcome {
		case Failed:
			suite.Failures++
			c.Failure = message
		case Skipped:
			suite.Skipped++
			c.Skipped = message
		}
		suite.Cases = append(suite.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(doc); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

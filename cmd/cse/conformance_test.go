package main

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestConformanceRunCountsInItsLastLineAndFailsIfAnythingDoes(t *testing.T) {
	p := serve(t, dataFolder(t))
	junit := filepath.Join(t.TempDir(), "result.xml")
	out, errs, status := output(t, "conformance", "run", "--url", p.url, "--only", "CSE/REG", "--parallel", "4", "--junit", junit)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	m := regexp.MustCompile(`^([0-9]+) passed, ([0-9]+) failed, [0-9]+ skipped$`).FindStringSubmatch(lines[len(lines)-1])
	if m == nil || m[1] == "0" {
		t.Fatalf("exit status %d, last line %q; %s", status, lines[len(lines)-1], errs)
	}
	if (m[2] == "0") != (status == 0) {
		t.Errorf("exit status %d and %s", status, m[0])
	}
	b, err := os.ReadFile(junit)
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Tests int `xml:"tests,attr"`
	}
	if err := xml.Unmarshal(b, &report); err != nil || report.Tests == 0 {
		t.Errorf("%d tests in the report, error %v", report.Tests, err)
	}
	// A CSE that has no such CSEBase is no CSE to be tested.
	if _, errs, status := output(t, "conformance", "run", "--url", p.url, "--cse-name", "none"); status != 1 || errs == "" {
		t.Errorf("exit status %d: %s", status, errs)
	}
}

func TestConformanceListNamesEveryPurposeWithItsClause(t *testing.T) {
	out, errs, status := output(t, "conformance", "list")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if status != 0 || len(lines) < 100 {
		t.Fatalf("exit status %d, %d lines: %s", status, len(lines), errs)
	}
	for _, line := range lines[:len(lines)-1] {
		if !regexp.MustCompile(`^TP/\S+ +TS-\d{4}\S* \S+.* +\S+`).MatchString(line) {
			t.Errorf("%q", line)
		}
	}
}

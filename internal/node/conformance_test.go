package node

import (
	"testing"

	"github.com/sigil-m2m/sigil/conformance"
)

// TestTheCSEConforms runs every test purpose against a CSE in this process.
func TestTheCSEConforms(t *testing.T) {
	n := start(t, testConfig(t))
	summary, err := conformance.Run(t.Context(), conformance.Config{URL: n.URL(), Parallel: 4}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range summary.Results {
		t.Run(r.Purpose.ID, func(t *testing.T) {
			switch r.Outcome {
			case conformance.Failed:
				t.Errorf("%s (%s)\n%s", r.Purpose.Title, r.Purpose.Clause, r.Detail)
			case conformance.Skipped:
				t.Skip(r.Detail)
			}
			for _, address := range r.Left {
				t.Errorf("left behind: %s", address)
			}
		})
	}
	t.Log(summary)
}

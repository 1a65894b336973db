package node

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigil-m2m/sigil/cse"
	"github.com/sigil-m2m/sigil/internal/config"
)

// A CSE that a test builds is the one that is served.
func TestTheCSEsOwnDefaultsAreThoseOfTheConfiguration(t *testing.T) {
	n := start(t, testConfig(t))
	got := n.cse(nil, nil, Options{})
	if diff := cmp.Diff(cse.DefaultLimits, got.Limits); diff != "" {
		t.Errorf("limits, cse and config:\n%s", diff)
	}
	if diff := cmp.Diff(cse.DefaultTimers, got.Timers); diff != "" {
		t.Errorf("timers, cse and config:\n%s", diff)
	}
	if diff := cmp.Diff(cse.DefaultReleases, config.Default().Releases); diff != "" {
		t.Errorf("releases, cse and config:\n%s", diff)
	}
}

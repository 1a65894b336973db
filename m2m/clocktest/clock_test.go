package clocktest_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/clocktest"
)

var _ m2m.Clock = (*clocktest.Clock)(nil)

func TestAdvanceRunsWhatIsDueInOrder(t *testing.T) {
	start := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	c := clocktest.New(start)
	var ran []string
	say := func(s string) func() { return func() { ran = append(ran, s) } }
	c.AfterFunc(3*time.Second, say("third"))
	c.AfterFunc(1*time.Second, func() {
		say("first")()
		c.AfterFunc(0, say("first's own"))
	})
	c.AfterFunc(3500*time.Millisecond, say("fourth"))
	c.AfterFunc(5*time.Second, say("too early"))
	stop := c.AfterFunc(2*time.Second, say("stopped"))
	if !stop() || stop() {
		t.Error("stop tells whether the timer was waiting")
	}
	c.Advance(4 * time.Second)
	if d := cmp.Diff([]string{"first", "third", "fourth", "first's own"}, ran); d != "" {
		t.Error(d)
	}
	if c.Waiting() != 1 {
		t.Errorf("%d timers wait, want 1", c.Waiting())
	}
	if !c.Now().Equal(start.Add(4 * time.Second)) {
		t.Errorf("the clock shows %v", c.Now())
	}
}

package cse

import (
	"sync"
	"time"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
)

// A census knows about how many more AEs may register. Nothing counts them as
// they come and go, on this node or on others that share the store: the
// census counts what the store has, admits some, and counts again.
type census struct {
	mu   sync.Mutex // protects what follows
	room int        // registrations to admit before the next count
	full time.Time  // when a count found no room; zero if the last one did
}

const (
	censusShare = 1000        // most registrations that one count admits
	censusPause = time.Second // between two counts while there is no room
)

// admit refuses a registration if as many AEs are registered as may be. Those
// that are under way at the same time may bring a few more.
//
// The standard has no response status code for a CSE that is full.
// NOT_ACCEPTABLE says it of an instance that its container has no room for;
// APP_RULE_VALIDATION_FAILED would say that this AE may never register.
func (c *CSE) admit(rd store.Reader) error {
	s := &c.census
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.room == 0 {
		now := c.clock.Now()
		if s.full.IsZero() || now.Sub(s.full) >= censusPause {
			room := c.cfg.Limits.Registrations
			for _, err := range rd.Select(store.ByType, store.Key{Number: int64(m2m.TypeAE)}, 0) {
				if err != nil {
					return err
				}
				if room--; room == 0 {
					break
				}
			}
			s.room, s.full = min(room, censusShare), time.Time{}
			if room == 0 {
				s.full = now
			}
		}
		if s.room == 0 {
			return m2m.Errorf("cse.admit", m2m.StatusNotAcceptable, "as many AEs are registered as this CSE takes")
		}
	}
	// One that is refused for another reason makes the next count come sooner.
	s.room--
	return nil
}

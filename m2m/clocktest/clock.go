// Package clocktest has a Clock that stands still until a test moves it.
package clocktest

import (
	"sync"
	"time"
)

// A Clock is an m2m.Clock that a test moves by hand. It is safe for
// concurrent use.
type Clock struct {
	mu     sync.Mutex // protects now and timers
	now    time.Time
	timers map[*timer]struct{}
}

type timer struct {
	at time.Time
	f  func()
}

// New returns a Clock that shows t.
func New(t time.Time) *Clock {
	return &Clock{now: t.UTC(), timers: make(map[*timer]struct{})}
}

// Now returns the time that the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc calls f once the clock has been moved by d or more.
func (c *Clock) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &timer{c.now.Add(d), f}
	c.timers[t] = struct{}{}
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		_, waiting := c.timers[t]
		delete(c.timers, t)
		return waiting
	}
}

// Advance moves the clock by d and runs, before it returns, what is due: the
// earliest first, what was set in the same instant in no order, and what
// these set themselves if that is due too.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	for {
		var next *timer
		for t := range c.timers {
			if !t.at.After(c.now) && (next == nil || t.at.Before(next.at)) {
				next = t
			}
		}
		if next == nil {
			return
		}
		delete(c.timers, next)
		c.mu.Unlock()
		next.f()
		c.mu.Lock()
	}
}

// Waiting returns how many timers have not gone off.
func (c *Clock) Waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.timers)
}

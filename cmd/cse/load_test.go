package main

import (
	"fmt"
	"sync"
	"testing"
)

// TestCountersAreExactUnderLoad has many clients create instances in one
// container that keeps few of them, while others read the latest.
func TestCountersAreExactUnderLoad(t *testing.T) {
	const clients, each, keep, readers = 200, 100, 500, 8
	p := serve(t, dataFolder(t))
	ae := register(t, p.url, "sensor")
	ae.must(t, 2001, "POST", "cse-in/sensor", 3, fmt.Sprintf(`{"m2m:cnt":{"rn":"c","mni":%d}}`, keep))
	ae.must(t, 2001, "POST", "cse-in/sensor/c", 4, `{"m2m:cin":{"con":"12345678"}}`)
	before := ae.must(t, 2000, "GET", "cse-in/sensor/c", 0, "").number("st")

	var mu sync.Mutex // protects names
	names := make(map[string]bool)
	done := make(chan struct{})
	var writing, reading sync.WaitGroup
	for i := range clients {
		writing.Go(func() {
			c := newClient(p.url, ae.originator)
			defer c.http.CloseIdleConnections()
			for n := range each {
				a, err := c.send("POST", "cse-in/sensor/c", 4, fmt.Sprintf(`{"m2m:cin":{"con":"%03d-%04d"}}`, i, n))
				if err != nil || a.status != 2001 {
					t.Errorf("a create answered %d %s, error %v", a.status, a.content, err)
					return
				}
				name, _ := a.attributes["rn"].(string)
				mu.Lock()
				if name == "" || names[name] {
					t.Errorf("the name %q was given twice or is none", name)
				}
				names[name] = true
				mu.Unlock()
			}
		})
	}
	for range readers {
		reading.Go(func() {
			c := newClient(p.url, ae.originator)
			defer c.http.CloseIdleConnections()
			last := ""
			for {
				select {
				case <-done:
					return
				default:
				}
				a, err := c.send("GET", "cse-in/sensor/c/la", 0, "")
				if err != nil || a.status != 2000 {
					t.Errorf("the latest answered %d %s, error %v", a.status, a.content, err)
					return
				}
				ct, _ := a.attributes["ct"].(string)
				if ct < last {
					t.Errorf("the latest went back from %s to %s", last, ct)
				}
				last = ct
			}
		})
	}
	writing.Wait()
	close(done)
	reading.Wait()

	c := ae.must(t, 2000, "GET", "cse-in/sensor/c", 0, "")
	if n := c.number("cni"); n != keep {
		t.Errorf("cni is %d, not %d", n, keep)
	}
	if n := c.number("cbs"); n != keep*8 {
		t.Errorf("cbs is %d, not %d", n, keep*8)
	}
	// TS-0001 9.6.6: stateTag grows with each creation of an instance.
	if n := c.number("st") - before; n != clients*each {
		t.Errorf("st grew by %d, not %d", n, clients*each)
	}
	if len(names) != clients*each {
		t.Errorf("%d names of %d", len(names), clients*each)
	}
}

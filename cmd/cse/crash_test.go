package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// TestNoAcknowledgedCreateIsLostInACrash kills the process (SIGKILL) in the
// middle of a load, starts it again on what it left, and looks for everything
// that it had acknowledged; many times over. SIGIL_CRASH_ROUNDS says how many.
func TestNoAcknowledgedCreateIsLostInACrash(t *testing.T) {
	rounds := 5
	if n, err := strconv.Atoi(os.Getenv("SIGIL_CRASH_ROUNDS")); err == nil {
		rounds = n
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))

	data := dataFolder(t)
	p := serve(t, data)
	ae := register(t, p.url, "sensor")
	ae.must(t, 2001, "POST", "cse-in/sensor", 3, `{"m2m:cnt":{"rn":"all"}}`)
	ae.must(t, 2001, "POST", "cse-in/sensor", 3, `{"m2m:cnt":{"rn":"few","mni":10}}`)

	acknowledged := make(map[string]string) // name of an instance of "all": its content
	for round := range rounds {
		kill := int64(50 + random.IntN(400)) // acknowledgements until the blow
		var count atomic.Int64
		blow := make(chan struct{})
		var mu sync.Mutex // protects acknowledged
		var clients sync.WaitGroup
		for i := range 16 {
			clients.Go(func() {
				c := newClient(p.url, ae.originator)
				for n := 0; ; n++ {
					name := fmt.Sprintf("r%di%dn%d", round, i, n)
					a, err := c.send("POST", "cse-in/sensor/all", 4, fmt.Sprintf(`{"m2m:cin":{"rn":%q,"con":"of %s"}}`, name, name))
					if err != nil {
						return // the process is gone
					}
					if a.status != 2001 {
						t.Errorf("a create answered %d: %s", a.status, a.content)
						return
					}
					mu.Lock()
					acknowledged[name] = "of " + name
					mu.Unlock()
					if count.Add(1) == kill {
						close(blow)
					}
					if a, err := c.send("POST", "cse-in/sensor/few", 4, `{"m2m:cin":{"con":"x"}}`); err != nil || a.status != 2001 {
						return
					}
				}
			})
		}
		<-blow
		p.Process.Kill()
		<-p.ended
		clients.Wait()

		if out, errs, status := output(t, "check", "--data", data); status != 0 {
			t.Fatalf("round %d: check after the crash: %s%s", round, out, errs)
		}
		p = serve(t, data)
		ae.url = p.url
		for name, con := range acknowledged {
			if round < rounds-1 && !strings.HasPrefix(name, fmt.Sprintf("r%di", round)) {
				continue // the rounds before are looked at again in the end
			}
			a, err := ae.send("GET", "cse-in/sensor/all/"+name, 0, "")
			if err != nil {
				t.Fatal(err)
			}
			if a.status != 2000 || a.attributes["con"] != con {
				t.Fatalf("round %d: the acknowledged %s is %d %s", round, name, a.status, a.content)
			}
		}
		all := ae.must(t, 2000, "GET", "cse-in/sensor/all", 0, "")
		if n := all.number("cni"); n < int64(len(acknowledged)) {
			t.Errorf("round %d: cni is %d, acknowledged are %d", round, n, len(acknowledged))
		}
		// Children, their number and their bytes are counted in the store by
		// the check; here as a client sees them.
		few := ae.must(t, 2000, "GET", "cse-in/sensor/few", 0, "")
		if n := few.number("cni"); n > 10 || few.number("cbs") != n {
			t.Errorf("round %d: a container of at most 10 instances of one byte has cni %d, cbs %d", round, n, few.number("cbs"))
		}
	}
}

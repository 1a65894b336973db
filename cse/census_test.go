package cse_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/sigil-m2m/sigil/cse"
	"github.com/sigil-m2m/sigil/m2m"
)

func TestSoManyAEsRegisterAndNoMore(t *testing.T) {
	for _, limit := range []int{1, 5, 1200} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			w := newWorld(t, func(c *cse.Config) { c.Limits.Registrations = limit })
			register := func(i int) *m2m.Response {
				return w.create(fmt.Sprint("Cx", i), "cse-in", m2m.TypeAE, `{"m2m:ae":{"api":"Nx","rr":false,"srv":["3"]}}`)
			}
			for i := range limit {
				w.must(m2m.StatusCreated, register(i))
				if i > 0 && i < 10 { // attempts that fail take no room
					w.must(m2m.StatusOriginatorHasAlreadyRegistered, register(0))
					w.must(m2m.StatusBadRequest, w.create("Cy", "cse-in", m2m.TypeAE, `{"m2m:ae":{"api":"x","rr":false}}`))
				}
			}
			w.must(m2m.StatusNotAcceptable, register(limit))
			w.must(m2m.StatusCreated, w.create("Cx0", "Cx0", m2m.TypeContainer, `{"m2m:cnt":{}}`))
			// Where one has gone, there is room for one.
			w.must(m2m.StatusDeleted, w.delete("Cx0", "Cx0"))
			w.clock.Advance(time.Second)
			w.must(m2m.StatusCreated, register(limit))
			w.must(m2m.StatusNotAcceptable, register(limit+1))
		})
	}
}

package cse

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/sigil-m2m/sigil/cse/resources"
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/encoding"
	"github.com/sigil-m2m/sigil/store"
)

// nameSubscriber asks for the creator of a <subscription> whose notifications
// go to anybody but the originator. TS-0004 7.4.8.2.1, Recv-6.5.
func (c *CSE) nameSubscriber(r *request, o *m2m.Object) {
	targets, _ := encoding.Strings(o.Get("nu"))
	if slices.ContainsFunc(targets, func(t string) bool {
		t, _, _ = strings.Cut(t, "?") // ?ct=json, TS-0001 table 9.6.8-2
		return c.locality.Shorten(t) != r.originator
	}) {
		o.Set("cr", json.RawMessage("null"))
	}
}

// checkBlocking refuses a second subscription to blocking updates of one
// resource. TS-0004 7.4.8.2.1.
func (c *CSE) checkBlocking(tx store.Tx, sub *store.Resource) error {
	blocks, err := resources.Blocks(sub)
	if err != nil || !blocks {
		return err
	}
	now := c.clock.Now()
	for other, err := range tx.Children(sub.Parent, m2m.TypeSubscription, 0, 0) {
		if err != nil {
			return err
		}
		if other.ID == sub.ID || expired(other, now) {
			continue
		}
		blocks, err := resources.Blocks(other)
		if err != nil {
			return err
		}
		if blocks {
			return m2m.Errorf("cse.checkBlocking", m2m.StatusBlockingSubscriptionAlreadyExists,
				"attribute enc.net: the resource has a subscription to blocking updates")
		}
	}
	return nil
}

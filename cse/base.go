package cse

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/encoding"
	"github.com/sigil-m2m/sigil/store"
)

// openBase creates the CSEBase, or updates what the configuration says of the
// one that is there. TS-0001 9.6.3.
func (c *CSE) openBase(ctx context.Context) error {
	now := c.clock.Now()
	stamp := m2m.Quote(m2m.FormatTimestamp(now))
	return c.store.Update(ctx, func(tx store.Tx) error {
		ri := strings.TrimPrefix(c.cfg.ID, "/")
		old, err := tx.ByRI(ri)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		var o m2m.Object
		if old != nil {
			if o, err = encoding.ParseObject(braced(old.Body), encoding.Limits{Bytes: 1 << 30}); err != nil {
				return err
			}
		} else {
			if n, err := tx.Count(); err != nil {
				return err
			} else if n > 0 {
				return errors.New("the data belong to a CSE with another CSE-ID than " + c.cfg.ID)
			}
		}
		before := string(o.AppendMembers(nil))
		set := func(name string, v any) {
			raw, _ := json.Marshal(v) // strings, numbers and lists of them
			o.Set(name, raw)
		}
		set("ty", int(m2m.TypeCSEBase))
		set("ri", ri)
		set("rn", c.cfg.Name)
		set("pi", "")
		if old == nil {
			o.Set("ct", stamp)
			o.Set("lt", stamp)
		}
		set("cst", int(c.cfg.Type))
		set("csi", c.cfg.ID)
		set("srt", slices.DeleteFunc(c.schema.SupportedTypes(), func(t m2m.ResourceType) bool {
			// Non-blocking requests are answered as a CSE without <request>
			// answers them. TS-0004 7.3.2.2.
			return t == m2m.TypeRequest
		}))
		set("srv", c.cfg.Releases)
		poa := c.cfg.PointsOfAccess
		if poa == nil {
			poa = []string{}
		}
		set("poa", poa)
		set("csz", []string{m2m.JSON.String()})
		if old != nil && old.Name == c.cfg.Name && before == string(o.AppendMembers(nil)) {
			c.base = old.ID
			return nil
		}
		r := &store.Resource{
			Type: m2m.TypeCSEBase, RI: ri, Name: c.cfg.Name, Creator: c.cfg.Admin,
			Created: now.UnixMicro(), Size: -1, Counters: store.Counters{StateTag: -1},
		}
		if old != nil {
			if old.Name != c.cfg.Name {
				return errors.New("the data belong to a CSE whose CSEBase is named " + old.Name + ", not " + c.cfg.Name)
			}
			r = old.Clone()
			o.Set("lt", stamp)
		} else {
			r.ID = tx.NextID()
		}
		r.Modified = now.UnixMicro()
		r.Body = o.AppendMembers(nil)
		c.base = r.ID
		return tx.Put(r)
	})
}

// braced makes a whole JSON object of a stored body.
func braced(body []byte) []byte {
	b := make([]byte, 0, len(body)+2)
	b = append(b, '{')
	b = append(b, body...)
	return append(b, '}')
}

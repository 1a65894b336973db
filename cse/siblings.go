package cse

import (
	"strconv"
	"time"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/encoding"
	"github.com/sigil-m2m/sigil/store"
)

// generation returns what tells a <timeSeriesInstance> from its siblings: the
// time at which it was generated, of which there is one instance.
// TS-0004 7.4.39.2.1.
func generation(o m2m.Object, now time.Time) (string, error) {
	dgt, _ := encoding.Text(o.Get("dgt"))
	at, err := m2m.ParseAbsRelTimestamp(dgt, now)
	if err != nil {
		return "", m2m.Errorf("cse.generation", m2m.StatusBadRequest, "attribute dgt: %v", err)
	}
	return strconv.FormatInt(at.UnixMicro(), 10), nil
}

// checkSingle refuses a second child of a type of which there is one at most:
// a <pollingChannel>. TS-0004 tables 7.4.4.1-4 and 7.4.5.1-4.
func checkSingle(tx store.Tx, res *store.Resource, now time.Time) error {
	for sibling, err := range tx.Children(res.Parent, res.Type, 0, 0) {
		if err != nil {
			return err
		}
		if sibling.ID != res.ID && !expired(sibling, now) {
			return m2m.Errorf("cse.checkSingle", m2m.StatusConflict, "parameter ty: the parent has its one child of that type")
		}
	}
	return nil
}

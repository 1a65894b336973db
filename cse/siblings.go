package cse

import (
	"bytes"
	"time"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
)

// checkGeneration refuses a <timeSeriesInstance> that was generated at the
// time of a sibling, among those that came after one. It returns the last of
// them. Most of the siblings are compared outside the writer, and those that
// came meanwhile inside. TS-0004 7.4.39.2.1.
//
// DEVIATION: of a series with more instances than Limits.Scan, only the first
// that many are compared, so that a Create has a bound.
func (c *CSE) checkGeneration(rd store.Reader, series, after store.ID, dgt string, now time.Time) (last store.ID, err error) {
	at, err := m2m.ParseAbsRelTimestamp(dgt, now)
	if err != nil {
		return 0, m2m.Errorf("cse.checkGeneration", m2m.StatusBadRequest, "attribute dgt: %v", err)
	}
	last = after
	const ty = m2m.TypeTimeSeriesInstance
	looked := 0
	for sibling, err := range rd.Children(series, ty, ty, after) {
		if err != nil {
			return last, err
		}
		last = sibling.ID
		if looked++; looked > c.cfg.Limits.Scan {
			break
		}
		if !expired(sibling, now) && generated(sibling).Equal(at) {
			return last, m2m.Errorf("cse.checkGeneration", m2m.StatusConflict, "attribute dgt: the timeSeries has an instance of that time")
		}
	}
	return last, nil
}

// generated returns the dataGenerationTime of a stored instance. It reads no
// more of the body than that: a quote in a text is escaped, so that what looks
// like the member is the member.
func generated(instance *store.Resource) time.Time {
	_, rest, _ := bytes.Cut(instance.Body, []byte(`"dgt":"`))
	text, _, _ := bytes.Cut(rest, []byte(`"`))
	t, _ := m2m.ParseAbsRelTimestamp(string(text), time.UnixMicro(instance.Created))
	return t
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

package resources

import (
	"encoding/json"
	"strconv"

	"github.com/sigil-m2m/sigil/m2m"
)

// completeTimeSeries holds the interval, its delta and the detection of
// missing data to each other. TS-0004 7.4.38.2.1, 7.4.38.2.3.
func completeTimeSeries(c *Change) error {
	o := c.Object
	detecting := string(c.Old.Get("mdd")) == "true"
	if switched := c.Given.Has("mdd"); detecting || switched {
		for _, name := range []string{"mdt", "mdn", "peid", "pei"} {
			if c.Given.Has(name) {
				return refuseTimeSeries("attribute %s: does not change while missing data are detected, nor together with missingDataDetect", name)
			}
		}
		if switched && string(o.Get("mdd")) == "true" {
			o.Delete("mdlt")
			o.Set("mdc", json.RawMessage("0"))
		}
	}
	interval, delta := integer(o.Get("pei")), integer(o.Get("peid"))
	if interval >= 0 {
		asked := c.Old == nil || c.Given.Has("peid")
		switch {
		case delta >= 0 && asked && delta > interval/2:
			return refuseTimeSeries("attribute peid: is more than half of the periodicInterval, %d", interval)
		case delta < 0, delta > interval/2:
			// Nobody gave one that fits: the Hosting CSE's own policy.
			delta = interval / defaultDelta
			o.Set("peid", strconv.AppendInt(nil, delta, 10))
		}
	}
	if string(o.Get("mdd")) != "true" {
		return nil
	}
	switch timer := integer(o.Get("mdt")); {
	case timer < 0:
		return refuseTimeSeries("attribute mdt: missing data are not detected without it")
	case timer <= delta:
		return refuseTimeSeries("attribute mdt: is not more than periodicIntervalDelta, %d", delta)
	}
	return nil
}

// defaultDelta is the part of a periodicInterval that its delta is if the
// originator gives none: a tenth.
const defaultDelta = 10

func refuseTimeSeries(format string, args ...any) error {
	return m2m.Errorf("resources.timeSeries", m2m.StatusBadRequest, format, args...)
}

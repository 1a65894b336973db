package resources

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/encoding"
	"github.com/sigil-m2m/sigil/m2m/schema"
	"github.com/sigil-m2m/sigil/store"
)

// A Hold is how many instances a <container>, <timeSeries> or <flexContainer>
// keeps, and for how long. TS-0001 9.6.6, 9.6.36.
type Hold struct {
	MaxInstances     int64         // maxNrOfInstances; -1 means no limit
	MaxBytes         int64         // maxByteSize; -1 means no limit
	MaxAge           time.Duration // maxInstanceAge; 0 means no limit
	DisableRetrieval bool          // disableRetrieval
	Keeps            bool          // a <flexContainer> with fcinEnabled
}

// ParseHold reads the limits from a stored resource.
func ParseHold(r *store.Resource) (*Hold, error) {
	h := &Hold{MaxInstances: -1, MaxBytes: -1}
	body := append(append([]byte{'{'}, r.Body...), '}')
	o, err := encoding.ParseObject(body, encoding.Limits{Bytes: 1 << 30, Depth: 1000})
	if err != nil {
		return nil, fmt.Errorf("resources: a stored body is no object: %w", err)
	}
	h.MaxInstances = integer(o.Get("mni"))
	h.MaxBytes = integer(o.Get("mbs"))
	// Seconds beyond what a Duration holds are as good as no limit.
	if age := integer(o.Get("mia")); age > 0 && age < int64(1<<63-1)/int64(time.Second) {
		h.MaxAge = time.Duration(age) * time.Second
	}
	h.DisableRetrieval = string(o.Get("disr")) == "true"
	h.Keeps = string(o.Get("fcied")) == "true"
	return h, nil
}

// integer reads a number that the attribute table found to be a non-negative
// integer; -1 if it is absent, and if it is larger than any real quantity.
func integer(raw json.RawMessage) int64 {
	if raw == nil {
		return -1
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// judgeInstance refuses an instance that is larger than all that its parent
// may hold. TS-0004 7.4.7.2.1.
func judgeInstance(h *Hold, child *schema.Type, size int64) error {
	if size >= 0 && h.MaxBytes >= 0 && size > h.MaxBytes && isInstance(child) {
		return m2m.Errorf("resources.judgeInstance", m2m.StatusNotAcceptable,
			"attribute con: %d bytes are more than maxByteSize of the parent allows", size)
	}
	return nil
}

func isInstance(t *schema.Type) bool {
	return t.Number == m2m.TypeContentInstance || t.Number == m2m.TypeTimeSeriesInstance
}

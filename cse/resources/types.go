package resources

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/sigil-m2m/sigil/cse/acp"
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/encoding"
	"github.com/sigil-m2m/sigil/m2m/schema"
)

// CompleteAE gives an <AE> of release 1 or 2 the supportedReleaseVersions
// that those releases do not know, so that old applications register as they
// always did. TS-0004 7.4.5.1 has made it mandatory since release 2A.
func CompleteAE(o *m2m.Object, release string) {
	if o.Has("srv") {
		return
	}
	switch release {
	case "", "1":
		o.Set("srv", json.RawMessage(`["1"]`))
	case "2":
		o.Set("srv", json.RawMessage(`["2"]`))
	}
}

// completePolicy holds both rule sets to what the access decision can read,
// and keeps a policy from locking everybody out. TS-0004 7.4.2.2.
func completePolicy(c *Change) error {
	const op = "resources.accessControlPolicy"
	for _, name := range []string{"pv", "pvs"} {
		rules, err := acp.ParseRules(c.Object.Get(name))
		if err != nil {
			return m2m.Wrap(op, m2m.StatusBadRequest, "attribute "+name+": "+m2m.DetailOf(err), err)
		}
		if name == "pvs" && len(rules) == 0 {
			return m2m.Errorf(op, m2m.StatusBadRequest, "attribute pvs: a policy needs a rule for itself")
		}
	}
	return nil
}

// completeContentInstance refuses an instance of nothing. TS-0001 9.6.7 has
// content mandatory; release 4 lets contentRef take its place.
func completeContentInstance(c *Change) error {
	if !c.Object.Has("con") && !c.Object.Has("conr") {
		return m2m.Errorf("resources.contentInstance", m2m.StatusBadRequest, "attribute con is mandatory in a Create of contentInstance")
	}
	return nil
}

// contentSize is the size of content in bytes: a text's characters as UTF-8,
// anything else as it is written. TS-0001 9.6.7.
func contentSize(_ *schema.Type, o m2m.Object) (int64, error) { return sizeOf(o.Get("con")), nil }

func sizeOf(value json.RawMessage) int64 {
	if len(value) >= 2 && value[0] == '"' {
		if !slices.Contains(value, '\\') {
			return int64(len(value) - 2)
		}
		if s, ok := encoding.Text(value); ok {
			return int64(len(s))
		}
	}
	return int64(len(value))
}

// customSize is the size of all custom attributes in bytes.
// TS-0004 7.4.37.2.1.
func customSize(t *schema.Type, o m2m.Object) (int64, error) {
	var sum int64
	for _, m := range o {
		if a := t.Attribute(m.Name); a != nil && a.Custom {
			sum += sizeOf(m.Value)
		}
	}
	return sum, nil
}

// completeGroup counts the members and drops repeats. TS-0001 9.6.13,
// TS-0004 7.4.13.2.1.
func completeGroup(c *Change) error {
	const op = "resources.group"
	members, ok := encoding.Strings(c.Object.Get("mid"))
	if !ok {
		return m2m.Errorf(op, m2m.StatusBadRequest, "attribute mid: is no list of identifiers")
	}
	seen := make(map[string]bool, len(members))
	unique := members[:0:0]
	for _, id := range members {
		if !seen[id] {
			seen[id] = true
			unique = append(unique, id)
		}
	}
	if most := integer(c.Object.Get("mnm")); most >= 0 && int64(len(unique)) > most {
		// TS-0004 7.4.13.2.3: also a maximum that falls below what is there.
		return m2m.Errorf(op, m2m.StatusMaxNumberOfMemberExceeded, "attribute mid: %d members are more than maxNrOfMembers, %d", len(unique), most)
	}
	if len(unique) != len(members) {
		raw, err := json.Marshal(unique)
		if err != nil {
			return m2m.Wrap(op, m2m.StatusInternalServerError, "", err)
		}
		c.Object.Set("mid", raw)
	}
	c.Object.Set("cnm", strconv.AppendInt(nil, int64(len(unique)), 10))
	return nil
}

// completeSchedule leaves the coordination with the network to the schedules
// of nodes. TS-0004 7.4.9.2.1, 7.4.9.2.3.
func completeSchedule(c *Change) error {
	given := c.Given
	if c.Old == nil {
		given = *c.Object
	}
	if nco := given.Get("nco"); nco != nil && string(nco) != "null" && c.Parent.Number != m2m.TypeNode {
		return m2m.Errorf("resources.schedule", m2m.StatusContentsUnacceptable, "attribute nco: belongs to the schedule of a node")
	}
	return nil
}

// completeCrossResourceSubscription refuses one that is of no resource, or
// that does not say what is of interest of each. TS-0004 7.4.58.2.1.
func completeCrossResourceSubscription(c *Change) error {
	const op = "resources.crossResourceSubscription"
	if !c.Object.Has("rrat") && !c.Object.Has("srat") {
		return m2m.Errorf(op, m2m.StatusBadRequest, "attributes rrat and srat: one of them is needed")
	}
	if c.Object.Has("rrat") && !c.Object.Has("encs") {
		return m2m.Errorf(op, m2m.StatusBadRequest, "attribute encs: is needed with rrat")
	}
	return nil
}

package cse

import (
	"errors"
	"strconv"
	"time"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/encoding"
	"github.com/sigil-m2m/sigil/store"
)

// addLocations makes the <container> that a new <locationPolicy> has its
// locations in, beside it and as accessible as it, once the policy is stored.
// TS-0004 7.4.10.2.1.
func (c *CSE) addLocations(tx store.Tx, policy *store.Resource, parentRI string, id store.ID, o m2m.Object) error {
	ri := locationsRI(id)
	name, _ := o.String("lon")
	generated := !m2m.ValidResourceName(name) // any text may be a locationContainerName
	if generated {
		name = ri
	}
	var body m2m.Object
	body.Set("ty", strconv.AppendInt(nil, int64(m2m.TypeContainer), 10))
	stamp := m2m.FormatTimestamp(time.UnixMicro(policy.Created))
	for _, f := range []struct{ name, value string }{
		{"ri", ri}, {"rn", name}, {"pi", parentRI}, {"ct", stamp}, {"lt", stamp}, {"li", policy.RI},
	} {
		body.Set(f.name, rawString(f.value))
	}
	if policy.Expires != 0 {
		body.Set("et", rawString(m2m.FormatTimestamp(time.UnixMicro(policy.Expires))))
	}
	if acpi := o.Get("acpi"); acpi != nil {
		body.Set("acpi", acpi)
	}
	err := tx.Put(&store.Resource{
		ID: id, Parent: policy.Parent, Ancestors: policy.Ancestors,
		Type: m2m.TypeContainer, RI: ri, Name: name, Generated: generated,
		Creator: policy.Creator, Created: policy.Created, Modified: policy.Modified,
		Expires: policy.Expires, Size: -1, Policies: policy.Policies, Body: body.AppendMembers(nil),
	})
	if errors.Is(err, store.ErrExists) {
		return m2m.Errorf("cse.addLocations", m2m.StatusConflict, "attribute lon: the parent has a child of that name")
	}
	return err
}

// locationsRI is the resourceID of a <container> for locations.
func locationsRI(id store.ID) string { return store.FormatRI("cnt", id) }

// removeLocations removes the <container> of a <locationPolicy> that is
// deleted. TS-0004 7.4.10.2.4.
func removeLocations(tx store.Tx, policy *store.Resource) error {
	o, err := encoding.ParseObject(braced(policy.Body), storedLimits)
	if err != nil {
		return err
	}
	ri, _ := o.String("loi")
	locations, err := tx.ByRI(ri)
	if err == nil {
		err = tx.Delete(locations.ID)
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil // somebody has deleted it before
	}
	return err
}

package schema

import (
	"bytes"
	"encoding/json"

	"github.com/sigil-m2m/sigil/m2m"
)

// Check reports whether value, which is compact valid JSON, is a legal value
// of the attribute's data type. The error is an *m2m.Error with BAD_REQUEST
// that names the attribute and, within it, the place at fault.
func (a *Attribute) Check(value json.RawMessage) error {
	f := a.dataType.check(value, 0)
	if f == nil && a.Fixed != nil && !bytes.Equal(value, a.Fixed) {
		f = wrong(describe(value) + " is not " + string(a.Fixed))
	}
	if f == nil {
		return nil
	}
	return m2m.Errorf("schema.check", m2m.StatusBadRequest, "attribute %s%s: %s", a.Short, f.path, f.problem)
}

// CheckCreate holds the representation of a Create request to the type's
// table. TS-0004 7.3.3.3. The error is an *m2m.Error with BAD_REQUEST that
// names the first attribute at fault.
func (t *Type) CheckCreate(o m2m.Object) error {
	for i := range o {
		a := t.byShort[o[i].Name]
		if a == nil {
			return t.unknown(o[i].Name)
		}
		if a.Create == NotPresent {
			return refuse("attribute %s is not allowed in a Create of %s", a.Short, t.Name)
		}
		null := o[i].Null()
		if a.Short == creator {
			// TS-0004 7.4.1.1: the originator asks for the attribute with
			// null, and the Hosting CSE gives the value.
			if !null {
				return refuse("attribute cr: a creator is asked for with null, its value is the originator's identifier")
			}
			continue
		}
		if null {
			return refuse("attribute %s: null is not allowed in a Create", a.Short)
		}
		if err := a.Check(o[i].Value); err != nil {
			return err
		}
	}
	for _, a := range t.mandatory {
		if !o.Has(a.Short) {
			return refuse("attribute %s is mandatory in a Create of %s", a.Short, t.Name)
		}
	}
	return nil
}

// creator is the short name of the attribute that a Create gives as null.
const creator = "cr"

// CheckUpdate holds the representation of an Update request to the type's
// table; null deletes an attribute that not every resource has. TS-0004
// 7.3.3.4, 7.3.3.7. The error is an *m2m.Error with BAD_REQUEST that names the
// first attribute at fault.
func (t *Type) CheckUpdate(o m2m.Object) error {
	for i := range o {
		a := t.byShort[o[i].Name]
		if a == nil {
			return t.unknown(o[i].Name)
		}
		if a.Update == NotPresent {
			return refuse("attribute %s is not allowed in an Update of %s", a.Short, t.Name)
		}
		if o[i].Null() {
			if a.Required {
				return refuse("attribute %s: every %s has it, null does not delete it", a.Short, t.Name)
			}
			continue
		}
		if err := a.Check(o[i].Value); err != nil {
			return err
		}
	}
	return nil
}

func (t *Type) unknown(short string) error {
	return refuse("%s is no attribute of %s", quote([]byte(short)), t.Name)
}

func refuse(format string, args ...any) error {
	return m2m.Errorf("schema.check", m2m.StatusBadRequest, format, args...)
}

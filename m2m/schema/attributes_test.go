package schema_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/schema"
	"github.com/sigil-m2m/sigil/m2m/schema/schematest"
)

func newSchema(t testing.TB) *schema.Schema {
	t.Helper()
	s, err := schema.New()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// refused fails the test unless err is BAD_REQUEST and names the attribute.
func refused(t *testing.T, err error, attribute, why string) {
	t.Helper()
	switch {
	case err == nil:
		t.Errorf("%s: %s is accepted", attribute, why)
	case m2m.StatusOf(err) != m2m.StatusBadRequest:
		t.Errorf("%s: %s: %v, want BAD_REQUEST", attribute, why, err)
	case !strings.Contains(m2m.DetailOf(err), attribute):
		t.Errorf("%s: %s: the detail %q does not name the attribute", attribute, why, m2m.DetailOf(err))
	}
}

// TestEveryAttributeOfEveryType goes through the whole of the tables: what
// each row allows is accepted, what it forbids is refused.
func TestEveryAttributeOfEveryType(t *testing.T) {
	for _, typ := range newSchema(t).Types() {
		t.Run(typ.Name+"/"+typ.Short, func(t *testing.T) {
			base := schematest.SampleCreate(typ)
			if err := typ.CheckCreate(base); err != nil {
				t.Fatalf("Create with the mandatory attributes alone: %v", err)
			}
			for _, a := range typ.Attributes {
				testCreate(t, typ, base, a)
				testUpdate(t, typ, a)
				for _, v := range wrongKinds(a) {
					refused(t, a.Check(json.RawMessage(v)), a.Short, v)
				}
				for _, v := range []json.RawMessage{schematest.Sample(a), schematest.FullSample(a)} {
					if err := a.Check(v); err != nil {
						t.Errorf("%s: %s: %v", a.Short, v, err)
					}
				}
			}
			o := append(slices.Clone(base), m2m.Member{Name: "xyzzy", Value: json.RawMessage("1")})
			refused(t, typ.CheckCreate(o), "xyzzy", "an unknown attribute in a Create")
			refused(t, typ.CheckUpdate(o[len(o)-1:]), "xyzzy", "an unknown attribute in an Update")
		})
	}
}

// with returns a copy of o in which name has the value.
func with(o m2m.Object, name string, value json.RawMessage) m2m.Object {
	o = slices.Clone(o)
	o.Set(name, value)
	return o
}

func testCreate(t *testing.T, typ *schema.Type, base m2m.Object, a *schema.Attribute) {
	t.Helper()
	value := schematest.Sample(a)
	null := json.RawMessage("null")
	switch {
	case a.Create == schema.NotPresent:
		refused(t, typ.CheckCreate(with(base, a.Short, value)), a.Short, "NP in a Create")
		return
	case a.Short == "cr":
		if err := typ.CheckCreate(with(base, a.Short, null)); err != nil {
			t.Errorf("cr: null in a Create: %v", err)
		}
		refused(t, typ.CheckCreate(with(base, a.Short, value)), a.Short, "a creator with a value")
		return
	case a.Create == schema.Mandatory:
		o := slices.Clone(base)
		o.Delete(a.Short)
		refused(t, typ.CheckCreate(o), a.Short, "a Create without a mandatory attribute")
	}
	if err := typ.CheckCreate(with(base, a.Short, value)); err != nil {
		t.Errorf("%s: %s in a Create: %v", a.Short, value, err)
	}
	refused(t, typ.CheckCreate(with(base, a.Short, null)), a.Short, "null in a Create")
	for _, v := range wrongKinds(a) {
		refused(t, typ.CheckCreate(with(base, a.Short, json.RawMessage(v))), a.Short, v+" in a Create")
	}
}

func testUpdate(t *testing.T, typ *schema.Type, a *schema.Attribute) {
	t.Helper()
	update := func(v json.RawMessage) error { return typ.CheckUpdate(m2m.Object{{Name: a.Short, Value: v}}) }
	value := schematest.Sample(a)
	if a.Update == schema.NotPresent {
		refused(t, update(value), a.Short, "NP in an Update")
		refused(t, update(json.RawMessage("null")), a.Short, "null of what is NP in an Update")
		return
	}
	if err := update(value); err != nil {
		t.Errorf("%s: %s in an Update: %v", a.Short, value, err)
	}
	err := update(json.RawMessage("null"))
	if a.Required {
		refused(t, err, a.Short, "null of what every resource has")
	} else if err != nil {
		t.Errorf("%s: null in an Update: %v", a.Short, err)
	}
	for _, v := range wrongKinds(a) {
		refused(t, update(json.RawMessage(v)), a.Short, v+" in an Update")
	}
}

// wrongKinds returns values that are no JSON of the attribute's kind: a
// scalar for a list, a list for a scalar, a number in quotation marks.
func wrongKinds(a *schema.Attribute) []string {
	switch a.Definition().Kind {
	case schema.KindString:
		return []string{`1`, `true`, `["a"]`, `{"a":1}`}
	case schema.KindNumber:
		return []string{`"1"`, `true`, `[1]`, `{"a":1}`}
	case schema.KindScalar:
		return []string{`true`, `[1]`, `{"a":1}`, `"neither"`}
	case schema.KindBoolean:
		return []string{`"true"`, `1`, `0`, `[true]`, `{"a":true}`}
	case schema.KindList:
		return []string{`"a"`, `1`, `true`, `{"a":1}`, `[null]`, `[[[]]]`}
	case schema.KindObject:
		return []string{`"a"`, `1`, `true`, `[{}]`}
	}
	return nil // any JSON will do
}

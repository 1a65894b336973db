package schematest_test

import (
	"testing"

	"github.com/sigil-m2m/sigil/m2m/schema"
	"github.com/sigil-m2m/sigil/m2m/schema/schematest"
)

func TestSamplesOfEveryAttributeAreLegal(t *testing.T) {
	s, err := schema.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range s.Types() {
		if err := typ.CheckCreate(schematest.SampleCreate(typ)); err != nil {
			t.Errorf("%s: %v", typ.Name, err)
		}
		for _, a := range typ.Attributes {
			if err := a.Check(schematest.Sample(a)); err != nil {
				t.Errorf("%s: %v", typ.Name, err)
			}
			if err := a.Check(schematest.FullSample(a)); err != nil {
				t.Errorf("%s: %v", typ.Name, err)
			}
		}
	}
}

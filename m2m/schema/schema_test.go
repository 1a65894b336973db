package schema_test

import (
	"testing"

	"github.com/sigil-m2m/sigil/m2m/schema"
)

func TestTheBuiltInDefinitionsMakeASchema(t *testing.T) {
	s, err := schema.New()
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Root("m2m:cnt"); got == nil || !got.AllowsChild(s.Root("m2m:cin")) {
		t.Errorf("container: %+v", got)
	}
}

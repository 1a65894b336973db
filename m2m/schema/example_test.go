package schema_test

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/schema"
)

// A Create is checked in two steps: which type is meant, and whether the
// representation is one of that type.
func Example() {
	s, err := schema.New()
	if err != nil {
		panic(err)
	}
	o := m2m.Object{
		{Name: "lbl", Value: json.RawMessage(`["kitchen"]`)},
		{Name: "mni", Value: json.RawMessage(`"10"`)},
	}
	t, err := s.Resolve(m2m.TypeContainer, "m2m:cnt", o)
	if err != nil {
		panic(err)
	}
	fmt.Println(t.Name, t.Virtual)
	fmt.Println(m2m.DetailOf(t.CheckCreate(o)))
	// Output:
	// container [la ol]
	// attribute mni: "10" is not a JSON number
}

// Specialisations of one's own are files in a folder.
func ExampleNew() {
	s, err := schema.New(os.DirFS("testdata/lamps"))
	if err != nil {
		panic(err)
	}
	lamp := s.Flex("com.example.lamp")
	fmt.Println(lamp.Root, lamp.Attribute("mode").DataType)
	fmt.Println(m2m.DetailOf(lamp.Attribute("mode").Check(json.RawMessage("10"))))
	// Output:
	// my:lamp my:mode
	// attribute mode: 10 is not one of 1, 2 to 9
}

package schema_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sigil-m2m/sigil/m2m/schema"
)

// folder returns a folder with one definition file, test.def.
func folder(text string) fs.FS { return fstest.MapFS{"test.def": {Data: []byte(text)}} }

func TestAFurtherFolderAddsSpecialisations(t *testing.T) {
	s, err := schema.New(fstest.MapFS{
		"a/lamp.def": {Data: []byte(`
# A lamp of one's own.
enumeration my:mode
  1    day
  2..9 night

object my:point
  longitude lon xs:float  1
  names     nms xs:string 0..n

flexContainer lamp my:lamp com.example.lamp   # and a comment
	clause:   the maker's manual
	children: cod:binSh
	mode   mode  my:mode     1    M O  OA default=1
	place  place my:point    0..1 O O  NA
	shades shads [xs:string] 1    M NP MA
`)},
		"a/README": {Data: []byte("no definition file")},
	})
	if err != nil {
		t.Fatal(err)
	}
	lamp := s.Flex("com.example.lamp")
	switch {
	case lamp == nil || lamp != s.Root("my:lamp"):
		t.Fatal("the lamp is not there")
	case lamp.Base != s.Type(28) || lamp.Number != 28 || lamp.Short != "lamp" || lamp.Name != "lamp":
		t.Errorf("lamp = %+v", lamp)
	case !lamp.Attribute("mode").Custom || lamp.Attribute("lbl").Custom:
		t.Error("the custom attributes are not those of the definition")
	case string(lamp.Attribute("cnd").Fixed) != `"com.example.lamp"`:
		t.Errorf("cnd is fixed to %s", lamp.Attribute("cnd").Fixed)
	case !lamp.AllowsChild(s.Root("cod:binSh")) || !lamp.AllowsChild(s.Root("m2m:sub")):
		t.Error("the lamp does not allow its children")
	case lamp.Announced.Root != "my:lampA" || lamp.Announced.Has("place") || !lamp.Announced.Has("shads"):
		t.Errorf("announced lamp = %+v", lamp.Announced)
	}
	if other := newSchema(t); other.Flex("com.example.lamp") != nil {
		t.Error("one schema's types appear in another")
	}
}

func TestAWrongDefinitionIsRefusedWithItsPlace(t *testing.T) {
	const lamp = "flexContainer lamp my:lamp com.example.lamp\n"
	tests := map[string]struct{ text, want string }{
		"unknown keyword":                     {"\n\nthing a b c\n", `test.def:3: "thing" begins no definition`},
		"too few words":                       {"flexContainer lamp\n", "test.def:1: flexContainer takes 3 words, not 1"},
		"body without a definition":           {"  a b xs:string 1 M O OA\n", "test.def:1: an indented line"},
		"setting without a value":             {lamp + "  children:\n", "test.def:2: a setting is a name"},
		"unknown setting":                     {lamp + "  colour: red\n", `test.def:2: "colour" is no setting`},
		"unknown option":                      {lamp + "  options: shiny\n", `test.def:2: "shiny" is no option`},
		"unknown group":                       {lamp + "  include: nothing\n", "test.def:2: there is no group nothing"},
		"unknown child":                       {lamp + "  children: nothing\n", "test.def:1: children of lamp: there is no type nothing"},
		"without what it does not have":       {lamp + "  without: AE\n", "test.def:2: AE is no child of flexContainer"},
		"root name without a prefix":          {"flexContainer lamp lamp com.example.lamp\n", `test.def:1: "lamp" is no root name`},
		"containerDefinition that is no URI":  {"flexContainer lamp my:lamp com|lamp\n", `test.def:1: attribute cnd: "com|lamp" is no URI`},
		"taken root name":                     {"flexContainer lamp cod:binSh com.example.lamp\n", "test.def:1: there is another type cod:binSh"},
		"taken containerDefinition":           {"flexContainer lamp my:lamp org.onem2m.common.moduleclass.lock\n", "test.def:1: lamp and lock have the same containerDefinition"},
		"root name of an announced variant":   {lamp + "flexContainer other my:lampA com.example.other\n", "same root name my:lampA"},
		"taken mgmtDefinition":                {"mgmtObj mine my:mine 1001\n", "same mgmtDefinition"},
		"unknown mgmtDefinition":              {"mgmtObj mine my:mine 4711\n", "test.def:1: attribute mgd: 4711 is not one of"},
		"mgmtDefinition that is no number":    {"mgmtObj mine my:mine x\n", `test.def:1: "x" is no mgmtDefinition`},
		"taken number":                        {"resource thing thg 3\n", "have the same number 3"},
		"number out of range":                 {"resource thing thg 10003\n", "test.def:1: \"10003\" is no resource type number"},
		"too few columns":                     {lamp + "  mode mode xs:string 1 M O\n", "test.def:2: an attribute has 7 columns"},
		"too many columns":                    {lamp + "  mode mode xs:string 1 M O OA default=1 x\n", "test.def:2: an attribute has 7 columns"},
		"unknown data type":                   {lamp + "  mode mode xs:colour 1 M O OA\n", `test.def:2: attribute mode: "xs:colour" is no data type`},
		"list that does not close":            {lamp + "  mode mode [xs:string 1 M O OA\n", `test.def:2: attribute mode: "[xs:string" is no data type`},
		"plus on what is no list":             {lamp + "  mode mode xs:string+ 1 M O OA\n", `test.def:2: attribute mode: "xs:string+" is no data type`},
		"unknown multiplicity":                {lamp + "  mode mode xs:string 2 M O OA\n", `test.def:2: attribute mode: "2" is no multiplicity`},
		"unknown optionality on create":       {lamp + "  mode mode xs:string 1 X O OA\n", `test.def:2: attribute mode: "X" is no optionality on create`},
		"unknown optionality on update":       {lamp + "  mode mode xs:string 1 M X OA\n", `test.def:2: attribute mode: "X" is no optionality on update`},
		"unknown announcement":                {lamp + "  mode mode xs:string 1 M O X\n", `test.def:2: attribute mode: "X" is no announcement`},
		"default that is no JSON":             {lamp + "  mode mode xs:string 1 M O OA default=x\n", `test.def:2: attribute mode: "default=x" is not of the form`},
		"default of another type":             {lamp + "  mode mode xs:string 1 M O OA default=1\n", "test.def:2: default of attribute mode: 1 is not a JSON string"},
		"attribute given twice":               {lamp + "  a mode xs:string 1 M O OA\n  b mode xs:string 1 M O OA\n", "test.def:3: there is another attribute mode"},
		"attribute that the base has":         {lamp + "  mine lbl xs:string 1 M O OA\n", "test.def:2: there is another attribute lbl"},
		"short name with a slash":             {lamp + "  mode mo/de xs:string 1 M O OA\n", `test.def:2: "mo/de" is no short name`},
		"control character":                   {"# a\x00b\n", "test.def:1: control character"},
		"no UTF-8":                            {"# \xff\n", "test.def: not UTF-8"},
		"enumeration without values":          {"enumeration my:mode\n", "test.def:1: an enumeration has at least one value"},
		"enumeration with a value twice":      {"enumeration my:mode\n  1 a\n  0..3 b\n", "test.def:3: 0..3 is there already"},
		"enumeration of two kinds":            {"enumeration my:mode\n  1 a\n  \"x\" b\n", "test.def:1: an enumeration is of numbers or of strings"},
		"enumeration with a range backwards":  {"enumeration my:mode\n  3..1 a\n", "test.def:2: 3..1 is no number"},
		"data type without a prefix":          {"enumeration mode\n  1 a\n", "test.def:1: \"mode\" is no name of a data type"},
		"data type that there is already":     {"string xs:string\n", "test.def:1: there is another data type xs:string"},
		"range backwards":                     {"range my:r 2 1\n", "test.def:1: 2 to 1 is no range"},
		"list of what is not":                 {"list my:l my:x\n", `test.def:1: "my:x" is no data type`},
		"list of no members":                  {"list my:l xs:string 0\n", `test.def:1: "0" is no number of members`},
		"list with a body":                    {"list my:l xs:string\n  a\n", "test.def:2: a list has no body"},
		"object without members":              {"object my:o\n", "test.def:1: an object has at least one member"},
		"object with a member twice":          {"object my:o\n  a a xs:string 1\n  b a xs:string 1\n", "test.def:3: there is another member a"},
		"object with an unknown multiplicity": {"object my:o\n  a a xs:string 1..2\n", `test.def:2: member a: "1..2" is no multiplicity`},
		"object that needs what it has not":   {"object my:o\n  a a xs:string 0..1\n  any-of: b\n", "test.def:3: there is no member b above"},
		"object with too few columns":         {"object my:o\n  a a xs:string\n", "test.def:2: a member has 4 columns"},
		"group with a setting":                {"group mine\n  include: universal\n", "test.def:2: a group has no settings"},
		"group with a wrong row":              {"group mine\n  a a xs:string 1 M O\n", "test.def:2: an attribute has 7 columns"},
		"attribute that a group has":          {"resource thing thg 900\n  mine ty xs:string 1 M O OA\n  include: universal\n", "test.def:3: group universal: types/groups.def:7: there is another attribute ty"},
		"group given twice":                   {"group universal\n", "test.def:1: there is another group universal"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s, err := schema.New(folder(test.text))
			if err == nil || s != nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("\n got %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestAnUnreadableFolderIsAnError(t *testing.T) {
	if _, err := schema.New(fstest.MapFS{"dir.def/x": {}, "big.def": {Data: make([]byte, 2<<20)}}); err == nil {
		t.Error("a file of 2 MiB is accepted")
	}
}

// FuzzNew gives any text as a definition file: what is accepted makes a
// schema whose types can be used, what is not is refused with the file's name.
func FuzzNew(f *testing.F) {
	f.Add("flexContainer lamp my:lamp com.example.lamp\n  mode mode xs:string 1 M O OA default=\"a\"\n")
	f.Add("enumeration my:e\n  1 a\nobject my:o\n  a a my:e 0..n\n  b b my:o 0..1\n  any-of: a b\nlist my:l my:o 3\n")
	f.Add("list my:l my:l\nflexContainer a a:a b\n  x x my:l 1 M O OA\n")
	f.Add("group g\n  a a xs:string 1 M O OA\nresource r r 900\n  options: announceable\n  include: g\n")
	f.Add("mgmtObj a b:c 1001\n  without: subscription\n  children: m2m:fwr\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := schema.New(folder(text))
		if err != nil {
			if !strings.Contains(err.Error(), ".def") {
				t.Fatalf("the error does not name a file: %v", err)
			}
			return
		}
		for _, typ := range s.Types() {
			for _, a := range typ.Attributes {
				if typ.Attribute(a.Short) != a || a.Definition() == nil {
					t.Fatalf("%s.%s is not found by its name", typ.Name, a.Short)
				}
				_ = a.Check([]byte(`{"a":[{}]}`))
			}
		}
	})
}

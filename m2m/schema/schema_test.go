package schema_test

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/schema"
	"github.com/sigil-m2m/sigil/m2m/schema/schematest"
)

// TestTheTypesOfTheStandardAreThere names what the standard defines, beside
// the definition files: TS-0004 6.3.4.2.1 and 8.2.4.
func TestTheTypesOfTheStandardAreThere(t *testing.T) {
	s := newSchema(t)
	numbers := map[string]m2m.ResourceType{
		"m2m:acp": 1, "m2m:ae": 2, "m2m:cnt": 3, "m2m:cin": 4, "m2m:cb": 5, "m2m:dlv": 6, "m2m:evcg": 7, "m2m:exin": 8,
		"m2m:grp": 9, "m2m:lcp": 10, "m2m:mssp": 11, "m2m:mgc": 12, "m2m:nod": 14, "m2m:pch": 15, "m2m:csr": 16, "m2m:req": 17,
		"m2m:sch": 18, "m2m:asar": 19, "m2m:svsn": 20, "m2m:stcl": 21, "m2m:stcg": 22, "m2m:sub": 23, "m2m:smd": 24,
		"m2m:ntpr": 25, "m2m:ntp": 26, "m2m:pdr": 27, "m2m:ts": 29, "m2m:tsi": 30, "m2m:rol": 31, "m2m:tk": 32, "m2m:dac": 34,
		"m2m:auds": 35, "m2m:aupy": 36, "m2m:auif": 37, "m2m:ontr": 38, "m2m:ont": 39, "m2m:smjp": 40, "m2m:smi": 41,
		"m2m:smr": 42, "m2m:alst": 43, "m2m:alpc": 44, "m2m:lmg": 45, "m2m:mms": 46, "m2m:tgr": 47, "m2m:crs": 48, "m2m:bdt": 49,
		"m2m:tram": 50, "m2m:trac": 51, "m2m:fci": 58, "m2m:tsb": 60, "m2m:prp": 62, "m2m:prmr": 63, "m2m:stte": 64,
		"m2m:actr": 65, "m2m:depr": 66,
		"m2m:acpA": 10001, "m2m:aeA": 10002, "m2m:cntA": 10003, "m2m:cinA": 10004, "m2m:cbA": 10005, "m2m:grpA": 10009,
		"m2m:lcpA": 10010, "m2m:nodA": 10014, "m2m:csrA": 10016, "m2m:schA": 10018, "m2m:smdA": 10024, "m2m:tsA": 10029,
		"m2m:tsiA": 10030, "m2m:dacA": 10034, "m2m:ontrA": 10038, "m2m:ontA": 10039, "m2m:smjpA": 10040, "m2m:smiA": 10041,
		"m2m:smrA": 10042, "m2m:mmsA": 10046, "m2m:fwrA": 10013, "m2m:gisA": 10028, "cod:binShA": 10028,
	}
	for root, number := range numbers {
		if typ := s.Root(root); typ == nil || typ.Number != number {
			t.Errorf("%s: %+v, want number %d", root, typ, number)
		}
	}
	specialisations := map[int]string{
		1001: "m2m:fwr", 1002: "m2m:swr", 1003: "m2m:mem", 1004: "m2m:ani", 1005: "m2m:andi", 1006: "m2m:bat", 1007: "m2m:dvi",
		1008: "m2m:dvc", 1009: "m2m:rbo", 1010: "m2m:evl", 1011: "m2m:cmp", 1012: "m2m:acmp", 1013: "m2m:cmdf", 1014: "m2m:cmdv",
		1015: "m2m:cmpv", 1016: "m2m:cml", 1017: "m2m:cmnr", 1018: "m2m:cmwr", 1019: "m2m:cmbf", 1021: "dcfg:datc",
	}
	for mgd, root := range specialisations {
		if typ := s.Mgmt(mgd); typ == nil || typ.Root != root || typ.Number != 13 || typ.Base != s.Type(13) {
			t.Errorf("mgmtDefinition %d: %+v, want %s", mgd, typ, root)
		}
	}
	if typ := s.Flex("org.onem2m.common.moduleclass.binarySwitch"); typ == nil || typ != s.Root("cod:binSh") || typ.Base != s.Type(28) {
		t.Errorf("binarySwitch: %+v", typ)
	}
	if s.Root("m2m:cmpA") != nil || s.Mgmt(1011).Announceable || !s.Mgmt(1001).Announceable || s.Type(23).Announceable {
		t.Error("the announced variants are not those of the tables")
	}
	if s.Type(33) != nil || s.Root("m2m:xyz") != nil || s.Root("") != nil || s.Flex("") != nil || s.Mgmt(0) != nil {
		t.Error("a type that the standard has not is there")
	}
}

// TestRowsOfTheTables compares rows with the standard's tables, beside the
// definition files: what the CSE's behaviour leans on.
func TestRowsOfTheTables(t *testing.T) {
	const (
		np, o, m = schema.NotPresent, schema.Optional, schema.Mandatory
	)
	type row struct {
		Name, DataType string
		List, Required bool
		Create, Update schema.Presence
	}
	tests := map[string]row{
		"m2m:ae api":       {"App-ID", "xs:string", false, true, m, np},
		"m2m:ae rr":        {"requestReachability", "xs:boolean", false, true, m, o},
		"m2m:ae srv":       {"supportedReleaseVersions", "m2m:supportedReleaseVersions", true, false, m, o},
		"m2m:ae aei":       {"AE-ID", "m2m:ID", false, true, np, np},
		"m2m:ae rn":        {"resourceName", "m2m:resourceName", false, true, o, np},
		"m2m:ae et":        {"expirationTime", "m2m:timestamp", false, true, o, o},
		"m2m:acp pv":       {"privileges", "m2m:setOfAcrs", false, true, m, o},
		"m2m:acp pvs":      {"selfPrivileges", "m2m:setOfAcrs", false, true, m, o},
		"m2m:cnt mni":      {"maxNrOfInstances", "xs:nonNegativeInteger", false, false, o, o},
		"m2m:cnt cni":      {"currentNrOfInstances", "xs:nonNegativeInteger", false, true, np, np},
		"m2m:cnt st":       {"stateTag", "xs:nonNegativeInteger", false, true, np, np},
		"m2m:cnt cr":       {"creator", "m2m:ID", false, false, o, np},
		"m2m:cnt acpi":     {"accessControlPolicyIDs", "m2m:acpType", true, false, o, o},
		"m2m:cnt at":       {"announceTo", "xs:anyURI", true, false, o, o},
		"m2m:cin con":      {"content", "xs:anyType", false, true, m, np},
		"m2m:cin cnf":      {"contentInfo", "m2m:contentInfo", false, false, o, np},
		"m2m:sub nu":       {"notificationURI", "xs:anyURI", true, true, m, o},
		"m2m:sub enc":      {"eventNotificationCriteria", "m2m:eventNotificationCriteria", false, false, o, o},
		"m2m:sub su":       {"subscriberURI", "xs:anyURI", false, false, o, np},
		"m2m:grp mnm":      {"maxNrOfMembers", "xs:positiveInteger", false, true, m, o},
		"m2m:grp mid":      {"memberIDs", "xs:anyURI", true, true, m, o},
		"m2m:grp mt":       {"memberType", "m2m:memberType", false, true, o, np},
		"m2m:csr csi":      {"CSE-ID", "m2m:ID", false, true, o, np},
		"m2m:csr cb":       {"CSEBase", "xs:anyURI", false, true, m, np},
		"m2m:sch se":       {"scheduleElement", "m2m:scheduleEntries", false, true, m, o},
		"m2m:fwr mgd":      {"mgmtDefinition", "m2m:mgmtDefinition", false, true, m, np},
		"m2m:ts mdd":       {"missingDataDetect", "xs:boolean", false, false, o, o},
		"m2m:tsi dgt":      {"dataGenerationTime", "m2m:absRelTimestamp", false, true, m, np},
		"cod:binSh powSe":  {"powerState", "xs:boolean", false, true, m, o},
		"cod:binSh cnd":    {"containerDefinition", "xs:anyURI", false, true, m, np},
		"cod:binSh mni":    {"maxNrOfInstances", "xs:nonNegativeInteger", false, false, o, o},
		"m2m:cbA et":       {"expirationTime", "m2m:timestamp", false, true, m, o},
		"m2m:acpA acpi":    {"accessControlPolicyIDs", "m2m:acpType", true, false, o, o},
		"m2m:fciA lt":      {"lastModifiedTime", "m2m:timestamp", false, true, np, np},
		"m2m:cntA et":      {"expirationTime", "m2m:timestamp", false, true, m, o},
		"m2m:cntA rn":      {"resourceName", "m2m:resourceName", false, true, np, np},
		"m2m:cntA lnk":     {"link", "xs:anyURI", false, true, m, o},
		"m2m:cntA mni":     {"maxNrOfInstances", "xs:nonNegativeInteger", false, false, o, o},
		"m2m:aeA api":      {"App-ID", "xs:string", false, false, o, o},
		"cod:binShA powSe": {"powerState", "xs:boolean", false, false, o, o},
		"m2m:dvi loc":      {"location", "xs:string", false, false, o, o},
		"m2m:cnt loc":      {"location", "m2m:geoCoordinates", false, false, o, o},
		"m2m:dac dap":      {"dynamicAuthorizationPoA", "m2m:poaList", true, true, m, o},
		"m2m:smd dsp":      {"descriptor", "xs:base64Binary", false, true, m, o},
		"m2m:cb csi":       {"CSE-ID", "m2m:ID", false, true, np, np},
		"m2m:req ors":      {"operationResult", "m2m:operationResult", false, true, np, np},
		"m2m:crs encs":     {"eventNotificationCriteriaSet", "m2m:eventNotificationCriteriaSet", false, false, o, np},
		"m2m:nod ni":       {"nodeID", "m2m:nodeID", false, true, m, o},
		"m2m:tk tkob":      {"tokenObject", "m2m:dynAuthJWT", false, true, m, np},
		"m2m:actr apv":     {"actionPrimitive", "m2m:requestPrimitive", false, true, m, o},
		"m2m:cmp cmlk":     {"mgmtLink", "m2m:mgmtLinkRef", true, true, m, o},
		"m2m:fwr cmlk":     {"mgmtLink", "m2m:mgmtLinkRef", true, false, o, o},
		"m2m:gis gisn":     {"serviceName", "xs:string", false, true, m, np},
		"dcfg:wific ssid":  {"ssid", "xs:string", false, true, m, o},
		"m2m:ajso ena":     {"enable", "xs:boolean", false, true, m, o},
		"m2m:lcp los":      {"locationSource", "m2m:locationSource", false, true, m, np},
		"m2m:bdt dtw":      {"desiredTimeWindow", "m2m:scheduleEntry", false, false, m, o},
		"m2m:tsb bcnu":     {"beaconNotificationURIs", "xs:anyURI", true, true, m, o},
		"m2m:trac m2m:rqp": {"requestPrimitive", "m2m:requestPrimitive", false, true, m, np},
		"m2m:pch rqag":     {"requestAggregation", "xs:boolean", false, false, o, o},
		"cod:tempe curT0":  {"currentTemperature", "xs:float", false, true, m, o},
		"hod:devRr flNLk":  {"flexNodeLink", "xs:anyURI", false, false, o, o},
		"m2m:cbA csi":      {"CSE-ID", "m2m:ID", false, false, o, o},
		"m2m:fwrA mgd":     {"mgmtDefinition", "m2m:mgmtDefinition", false, true, m, np},
		"m2m:auds tkns":    {"tokens", "m2m:dynAuthJWT", true, false, o, o},
	}
	s := newSchema(t)
	for key, want := range tests {
		root, short, _ := strings.Cut(key, " ")
		a := s.Root(root).Attribute(short)
		if a == nil {
			t.Errorf("%s: there is no such attribute", key)
			continue
		}
		got := row{a.Name, a.DataType, a.List, a.Required, a.Create, a.Update}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
	for _, absent := range []string{"m2m:cntA cr", "m2m:cntA at", "m2m:cntA cni", "m2m:acp acpi", "m2m:cin acpi", "m2m:pch acpi", "m2m:cnt lnk", "m2m:sub at"} {
		root, short, _ := strings.Cut(absent, " ")
		if s.Root(root).Has(short) {
			t.Errorf("%s is there", absent)
		}
	}
}

func TestKnownAttributesAreThoseOfAnyType(t *testing.T) {
	s := newSchema(t)
	for short, want := range map[string]bool{"lbl": true, "cr": true, "powSe": true, "lnk": true, "xyzzy": false, "": false, "la": false} {
		if got := s.KnownAttribute(short); got != want {
			t.Errorf("%q is known: %v, want %v", short, got, want)
		}
	}
}

// TestASchemaIsSafeForConcurrentUse has the race detector look.
func TestASchemaIsSafeForConcurrentUse(t *testing.T) {
	s := newSchema(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, typ := range s.Types() {
				if err := typ.CheckCreate(schematest.SampleCreate(typ)); err != nil {
					t.Error(err)
				}
				_, _ = s.Resolve(typ.Number, typ.Root, nil)
				_ = s.SupportedTypes()
			}
		})
	}
	wg.Wait()
}

func TestNamesAndNumbersAreUnique(t *testing.T) {
	s := newSchema(t)
	numbers, roots, shorts := map[m2m.ResourceType]string{}, map[string]string{}, map[string]string{}
	for _, typ := range s.Types() {
		claim := func(what string, taken bool, other string) {
			if taken {
				t.Errorf("%s and %s have the same %s", typ.Name, other, what)
			}
		}
		if typ.Base == nil {
			claim("number", numbers[typ.Number] != "", numbers[typ.Number])
			numbers[typ.Number] = typ.Name
		}
		if typ.Root != "" {
			claim("root name", roots[typ.Root] != "", roots[typ.Root])
			roots[typ.Root] = typ.Name
			prefix, _, _ := strings.Cut(typ.Root, ":")
			claim("short name", shorts[prefix+":"+typ.Short] != "", shorts[prefix+":"+typ.Short])
			shorts[prefix+":"+typ.Short] = typ.Name
			if typ.Root != prefix+":"+typ.Short {
				t.Errorf("%s: root name %s, short name %s", typ.Name, typ.Root, typ.Short)
			}
		}
		short, long := map[string]bool{}, map[string]bool{}
		for _, a := range typ.Attributes {
			if short[a.Short] || long[a.Name] {
				t.Errorf("%s has %s (%s) twice", typ.Name, a.Name, a.Short)
			}
			short[a.Short], long[a.Name] = true, true
		}
		if typ.Clause == "" {
			t.Errorf("%s cites no clause", typ.Name)
		}
	}
	got := s.SupportedTypes()
	if !slices.IsSorted(got) || len(got) != len(numbers) || !slices.Contains(got, 13) || !slices.Contains(got, 10003) {
		t.Errorf("supported types = %v", got)
	}
}

func TestOneLongNameHasOneShortName(t *testing.T) {
	// TS-0004 8.2.3 gives each attribute one short name, but for what it has
	// twice itself.
	known := map[string]bool{"currentState": true, "input": true, "location": true}
	shorts := map[string]string{}
	for _, typ := range newSchema(t).Types() {
		for _, a := range typ.Attributes {
			if a.Custom || known[a.Name] {
				continue
			}
			if other := shorts[a.Name]; other != "" && other != a.Short {
				t.Errorf("%s is %s and, in %s, %s", a.Name, other, typ.Name, a.Short)
			}
			shorts[a.Name] = a.Short
		}
	}
}

func TestChildrenAreThoseOfTheTables(t *testing.T) {
	s := newSchema(t)
	tests := []struct {
		parent, child string
		want          bool
	}{
		{"m2m:cb", "m2m:ae", true}, {"m2m:cb", "m2m:cnt", true}, {"m2m:cb", "m2m:cin", false}, {"m2m:cb", "m2m:cb", false},
		{"m2m:cb", "m2m:csr", true}, {"m2m:cb", "m2m:pch", false}, {"m2m:cb", "m2m:aeA", true}, {"m2m:cb", "cod:binSh", true},
		{"m2m:cb", "m2m:fwr", false}, {"m2m:cb", "m2m:fci", false}, {"m2m:cb", "m2m:tsb", true},
		{"m2m:ae", "m2m:ae", false}, {"m2m:ae", "m2m:pch", true}, {"m2m:ae", "m2m:acp", true}, {"m2m:ae", "m2m:gis", true}, {"m2m:ae", "m2m:actr", true},
		{"m2m:cnt", "m2m:cin", true}, {"m2m:cnt", "m2m:cnt", true}, {"m2m:cnt", "m2m:sub", true}, {"m2m:cnt", "m2m:ae", false},
		{"m2m:cnt", "cod:binSh", true}, {"m2m:cnt", "m2m:grp", false}, {"m2m:cnt", "m2m:acp", false},
		{"m2m:cin", "m2m:sub", false}, {"m2m:cin", "m2m:smd", true}, {"m2m:cin", "m2m:cin", false},
		{"m2m:sub", "m2m:sch", true}, {"m2m:sub", "m2m:sub", false}, {"m2m:grp", "m2m:sub", true}, {"m2m:grp", "m2m:cnt", false},
		{"m2m:nod", "m2m:fwr", true}, {"m2m:nod", "dcfg:datc", true}, {"m2m:nod", "m2m:sch", true}, {"m2m:nod", "cod:binSh", true},
		{"m2m:fwr", "m2m:sub", true}, {"m2m:fwr", "m2m:fwr", false}, {"m2m:cmp", "m2m:cmdf", true}, {"m2m:cmdf", "m2m:cmdv", true}, {"m2m:cmp", "m2m:cmdv", false},
		{"m2m:ts", "m2m:tsi", true}, {"m2m:ts", "m2m:cin", false},
		{"cod:binSh", "m2m:sub", true}, {"cod:binSh", "cod:lock", true}, {"cod:binSh", "m2m:cin", false}, {"cod:binSh", "m2m:fci", true},
		{"cod:devLt", "cod:binSh", true}, {"cod:devLt", "cod:lock", false}, {"cod:devLt", "m2m:sub", true}, {"cod:devLt", "m2m:smd", true},
		{"m2m:gis", "m2m:gio", true}, {"m2m:gio", "m2m:gis", false}, {"m2m:ajsw", "m2m:ajap", true}, {"m2m:ajsw", "m2m:ajso", false}, {"m2m:ajsw", "m2m:sub", true},
		{"m2m:csr", "m2m:cntA", true}, {"m2m:csr", "m2m:aeA", true}, {"m2m:csr", "m2m:pch", true}, {"m2m:csr", "cod:binShA", true}, {"m2m:csr", "m2m:fwrA", true},
		{"m2m:cntA", "m2m:cinA", true}, {"m2m:aeA", "m2m:cntA", true}, {"m2m:aeA", "m2m:cnt", true}, {"m2m:cntA", "m2m:sub", true}, {"m2m:cinA", "m2m:cnt", false},
		{"cod:binShA", "m2m:sub", true}, {"m2m:nodA", "m2m:fwrA", true}, {"m2m:acp", "m2m:sub", true}, {"m2m:acp", "m2m:cnt", false},
		{"m2m:ntp", "m2m:pdr", true}, {"m2m:stcg", "m2m:evcg", true}, {"m2m:mgc", "m2m:exin", true}, {"m2m:mssp", "m2m:svsn", true},
		{"m2m:ontr", "m2m:ont", true}, {"m2m:prmr", "m2m:stte", true}, {"m2m:stte", "m2m:actr", true}, {"m2m:actr", "m2m:depr", true},
		{"m2m:alst", "m2m:alpc", true}, {"m2m:pch", "m2m:sub", false}, {"m2m:auif", "m2m:rol", true}, {"m2m:crs", "m2m:sch", true},
	}
	for _, test := range tests {
		if got := s.Root(test.parent).AllowsChild(s.Root(test.child)); got != test.want {
			t.Errorf("%s may have a %s: %v, want %v", test.parent, test.child, got, test.want)
		}
	}
	if s.Root("m2m:cnt").AllowsChild(nil) {
		t.Error("a container may have a child of no type")
	}
}

func TestVirtualChildrenAreThoseOfTheTables(t *testing.T) {
	s := newSchema(t)
	want := map[string][]string{
		"m2m:cnt": {"la", "ol"}, "m2m:ts": {"la", "ol"}, "cod:binSh": {"la", "ol"}, "m2m:grp": {"fopt", "sfop"},
		"m2m:pch": {"pcu"}, "m2m:sub": {"ntsr"}, "m2m:crs": {"ntsr"}, "m2m:ontr": {"smv"}, "m2m:smi": {"msp"}, "m2m:ae": nil, "m2m:cntA": nil,
	}
	for root, names := range want {
		got := slices.Sorted(slices.Values(s.Root(root).Virtual))
		if !slices.Equal(got, names) {
			t.Errorf("%s: %v, want %v", root, got, names)
		}
	}
}

func TestResolveFindsTheTypeThatACreateMeans(t *testing.T) {
	s := newSchema(t)
	object := func(name, value string) m2m.Object {
		return m2m.Object{{Name: name, Value: json.RawMessage(value)}}
	}
	binSh := `"org.onem2m.common.moduleclass.binarySwitch"`
	tests := map[string]struct {
		ty     m2m.ResourceType
		root   string
		object m2m.Object
		want   string // root of the type
		status m2m.StatusCode
	}{
		"a container":                        {3, "m2m:cnt", nil, "m2m:cnt", 0},
		"an announced container":             {10003, "m2m:cntA", nil, "m2m:cntA", 0},
		"a module class":                     {28, "cod:binSh", object("cnd", binSh), "cod:binSh", 0},
		"an announced module class":          {10028, "cod:binShA", object("cnd", binSh), "cod:binShA", 0},
		"a firmware":                         {13, "m2m:fwr", object("mgd", "1001"), "m2m:fwr", 0},
		"an announced firmware":              {10013, "m2m:fwrA", object("mgd", "1001"), "m2m:fwrA", 0},
		"an unknown number":                  {33, "m2m:cnt", nil, "", m2m.StatusBadRequest},
		"number zero":                        {0, "m2m:cnt", nil, "", m2m.StatusBadRequest},
		"a negative number":                  {-3, "m2m:cnt", nil, "", m2m.StatusBadRequest},
		"a root of another type":             {3, "m2m:ae", nil, "", m2m.StatusBadRequest},
		"an unknown root":                    {3, "cnt", nil, "", m2m.StatusBadRequest},
		"no root":                            {28, "", object("cnd", binSh), "", m2m.StatusBadRequest},
		"a flexContainer without cnd":        {28, "cod:binSh", nil, "", m2m.StatusBadRequest},
		"a cnd that is no string":            {28, "cod:binSh", object("cnd", "1"), "", m2m.StatusBadRequest},
		"an unknown cnd":                     {28, "cod:binSh", object("cnd", `"com.example.none"`), "", m2m.StatusSpecializationSchemaNotFound},
		"a root that is not that of the cnd": {28, "cod:lock", object("cnd", binSh), "", m2m.StatusBadRequest},
		"an announced root of an original":   {28, "cod:binShA", object("cnd", binSh), "", m2m.StatusBadRequest},
		"a mgmtObj without mgd":              {13, "m2m:fwr", nil, "", m2m.StatusBadRequest},
		"a self-defined mgd":                 {13, "m2m:fwr", object("mgd", "0"), "", m2m.StatusNotImplemented},
		"an unknown mgd":                     {13, "m2m:fwr", object("mgd", "4711"), "", m2m.StatusBadRequest},
		"a mgd that is no number":            {13, "m2m:fwr", object("mgd", `"1001"`), "", m2m.StatusBadRequest},
		"a root that is not that of the mgd": {13, "m2m:swr", object("mgd", "1001"), "", m2m.StatusBadRequest},
		"a CSEBase":                          {5, "m2m:cb", nil, "", m2m.StatusOperationNotAllowed},
		"a request":                          {17, "m2m:req", nil, "", m2m.StatusOperationNotAllowed},
		"a flexContainerInstance":            {58, "m2m:fci", nil, "", m2m.StatusOperationNotAllowed},
		"an AEContactList":                   {43, "m2m:alst", nil, "", m2m.StatusOperationNotAllowed},
		"an execInstance":                    {8, "m2m:exin", nil, "", m2m.StatusOperationNotAllowed},
		"a virtual resource":                 {20001, "m2m:ol", nil, "", m2m.StatusOperationNotAllowed},
		"a number beyond the virtual ones":   {20009, "m2m:ol", nil, "", m2m.StatusBadRequest},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := s.Resolve(test.ty, test.root, test.object)
			if test.status != 0 {
				if got != nil || err == nil || m2m.StatusOf(err) != test.status || m2m.DetailOf(err) == "" {
					t.Errorf("%v, %v, want %v", got, err, test.status)
				}
				return
			}
			if err != nil || got != s.Root(test.want) {
				t.Errorf("%v, %v, want %s", got, err, test.want)
			}
		})
	}
}

func TestEveryCreatableTypeResolves(t *testing.T) {
	s := newSchema(t)
	for _, typ := range s.Types() {
		got, err := s.Resolve(typ.Number, typ.Root, schematest.SampleCreate(typ))
		if typ.Creatable != (err == nil) || typ.Creatable && got != typ {
			t.Errorf("%s (%d): %v, %v", typ.Root, typ.Number, got, err)
		}
	}
}

// benchmarkInstance is what most Creates carry.
var benchmarkInstance = m2m.Object{
	{Name: "con", Value: json.RawMessage(`"` + strings.Repeat("0123456789abcdef", 4) + `"`)},
	{Name: "cnf", Value: json.RawMessage(`"text/plain:0"`)},
	{Name: "lbl", Value: json.RawMessage(`["sensor"]`)},
}

func BenchmarkCheckCreateContentInstance(b *testing.B) {
	cin := newSchema(b).Root("m2m:cin")
	b.ReportAllocs()
	for b.Loop() {
		if err := cin.CheckCreate(benchmarkInstance); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheckCreateContentInstanceContentOnly(b *testing.B) {
	cin := newSchema(b).Root("m2m:cin")
	b.ReportAllocs()
	for b.Loop() {
		if err := cin.CheckCreate(benchmarkInstance[:1]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := schema.New(); err != nil {
			b.Fatal(err)
		}
	}
}

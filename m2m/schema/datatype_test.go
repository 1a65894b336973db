package schema_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/schema"
)

// attributeOf returns an attribute of the data type, in a type of its own.
func attributeOf(t testing.TB, dataType string) *schema.Attribute {
	t.Helper()
	s, err := schema.New(folder("flexContainer testType test:type com.example.test\n" +
		"  value val " + dataType + " 0..1 O O OA\n"))
	if err != nil {
		t.Fatal(err)
	}
	return s.Root("test:type").Attribute("val")
}

func TestDataTypesAcceptWhatTheStandardAllows(t *testing.T) {
	long := strings.Repeat("9", 400)
	tests := map[string]struct{ good, bad []string }{
		"xs:string":             {[]string{`""`, `"a\nb"`, `"\u00e9"`}, []string{`null`}},
		"xs:integer":            {[]string{`0`, `-0`, `-1`, long, "-" + long}, []string{`1.0`, `1e3`, `-`, `"1"`}},
		"xs:nonNegativeInteger": {[]string{`0`, `-0`, long}, []string{`-1`, `0.5`, "-" + long}},
		"xs:positiveInteger":    {[]string{`1`, long}, []string{`0`, `-0`, `-1`}},
		"xs:unsignedLong":       {[]string{`0`, `18446744073709551615`}, []string{`18446744073709551616`, `-1`}},
		"xs:unsignedInt":        {[]string{`0`, `4294967295`}, []string{`4294967296`, `-1`}},
		"xs:unsignedShort":      {[]string{`65535`}, []string{`65536`}},
		"xs:long":               {[]string{`9223372036854775807`, `-9223372036854775808`}, []string{`9223372036854775808`, `-9223372036854775809`}},
		"xs:byte":               {[]string{`127`, `-128`}, []string{`128`, `-129`}},
		"xs:float":              {[]string{`1`, `1.5`, `-1e400`}, []string{`"1.5"`, `"NaN"`}},
		"xs:boolean":            {[]string{`true`, `false`}, []string{`"true"`, `1`, `null`}},
		"xs:token":              {[]string{`""`, `"a b"`}, []string{`" a"`, `"a "`, `"a  b"`, `"a\tb"`}},
		"xs:normalizedString":   {[]string{`" a  b "`}, []string{`"a\nb"`}},
		"xs:NCName":             {[]string{`"mni"`, `"_a-1.b"`, `"\u00e9t\u00e9"`}, []string{`""`, `"1a"`, `"-a"`, `"a:b"`, `"a b"`}},
		"xs:anyURI":             {[]string{`""`, `"a/b"`, `"http://h:1/p?q=1#f"`, `"mqtt://h"`, `"%20"`, `"//sp/cse/-/ae"`, `"/id/caf\u00e9"`}, []string{`"a b"`, `"<a>"`, `"%2"`, `"%zz"`, `"a\\b"`, `"\u0001"`}},
		"xs:base64Binary":       {[]string{`""`, `"c2lnaWw="`}, []string{`"c2lnaWw"`, `"c2ln_Ww="`, `"*"`}},
		"xs:hexBinary":          {[]string{`"00fF"`}, []string{`"0"`, `"gg"`}},
		"xs:duration":           {[]string{`"P1Y2M3DT10H1M0.5S"`, `"PT1S"`, `"-P1D"`}, []string{`""`, `"P"`, `"1S"`, `"PT"`, `60`}},
		"xs:date":               {[]string{`"20240229"`, `"2024-02-29"`}, []string{`"20230229"`, `"2024-0229"`, `""`}},
		"xs:time":               {[]string{`"235959"`, `"23:59:59"`}, []string{`"240000"`, `"23:5959"`}},
		"xs:anySimpleType":      {[]string{`"a"`, `1`, `true`}, []string{`[]`, `{}`, `null`}},
		"xs:anyType":            {[]string{`"a"`, `1`, `true`, `[null]`, `{"a":null}`}, []string{`null`}},

		"m2m:timestamp":                {[]string{`"20240229T235959"`, `"20240229T235959,123456"`}, []string{`""`, `"20230229T000000"`, `"20240229T240000"`, `"20240229T235959Z"`, `"20240229T235959,1234567"`, `"2024-02-29T23:59:59"`, `20240229`}},
		"m2m:absRelTimestamp":          {[]string{`"20240229T235959"`, `3600000`, `-5`, `"3600000"`}, []string{`"PT1H"`, `1.5`, `""`, `true`, `"-"`}},
		"m2m:ID":                       {[]string{`"Cae1"`, `"/id-in/Cae1"`, `"//sp.example/id/S1"`, `"cse-in/ae/cnt"`}, []string{`""`, `"a b"`, `"a?b"`, `"a#b"`}},
		"m2m:nhURI":                    {[]string{`"ri1"`, `"/id/ri1"`}, []string{`"a b"`}},
		"m2m:resourceName":             {[]string{`"a"`, `"A-1._~"`}, []string{`""`, `"a/b"`, `"."`, `"-"`, `"a b"`}},
		"m2m:labels":                   {[]string{`["a"]`, `["domain:home","a b"]`, `["a:b:c"]`}, []string{`[]`, `"a"`, `[""]`, `[" a"]`, `["a  b"]`, `[":v"]`, `[1]`}},
		"m2m:acpType":                  {[]string{`["//in.example/93405"]`}, []string{`[]`, `["a b"]`, `["a",1]`}},
		"[xs:anyURI]+":                 {[]string{`["a"]`, `["a","b"]`}, []string{`[]`, `"a"`}},
		"[xs:anyURI]":                  {[]string{`[]`, `["a","b"]`}, []string{`"a"`, `["a",null]`}},
		"m2m:poaList":                  {[]string{`["http://192.0.2.1:8080/x"]`, `["mqtt://h","coap://m2m.sp.example:5683"]`, `["HTTP://[2001:db8::1]:80"]`}, []string{`[]`, `["192.0.2.1"]`, `["http:"]`, `["a b://c"]`, `"http://h"`}},
		"m2m:nodeID":                   {[]string{`"urn:gsma:imei:90420156-025763-0;svn=42"`}, []string{`""`, `1`}},
		"m2m:deviceID":                 {[]string{`"urn:dev:ops:012345-x"`}, []string{`"ops:1"`, `"urn:"`, `"urn:a b"`}},
		"m2m:externalID":               {[]string{`"123456789@domain.com"`}, []string{`"123456789"`, `"@d"`, `"a@"`, `"a@b@c"`}},
		"m2m:roleID":                   {[]string{`"1234abcd@role-issuer.com"`}, []string{`"1234abcd@Role-issuer.com"`, `"a b@c"`, `"abc"`, `"@c"`}},
		"m2m:contentInfo":              {[]string{`"application/xml:1"`, `"application/xml:1:0"`, `"application/xml:1:5"`, `"text/plain;charset=utf-8:0"`}, []string{`"application/xml"`, `"application/xml:"`, `"application/xml:3"`, `"application/xml:1:6"`, `"application/xml:1:"`, `"xml:1"`, `":1"`, `""`}},
		"m2m:typeOfContent":            {[]string{`"application/xml"`}, []string{`"xml"`, `""`, `"a/b/c d"`}},
		"m2m:eventCat":                 {[]string{`2`, `4`, `100`, `999`}, []string{`0`, `1`, `5`, `99`, `1000`, `"2"`, `2.0`}},
		"m2m:eventCatWithDef":          {[]string{`0`, `2`}, []string{`1`}},
		"m2m:serializations":           {[]string{`["json"]`, `["xml","cbor"]`, `["application/json"]`}, []string{`[]`, `["JSON"]`, `["text/json"]`}},
		"m2m:supportedReleaseVersions": {[]string{`["1"]`, `["2a","3","4"]`}, []string{`[]`, `[3]`, `["9"]`}},
		"m2m:accessControlOperations":  {[]string{`1`, `63`}, []string{`0`, `64`, `-1`, `1.5`, `"63"`}},
		"m2m:resourceType":             {[]string{`3`, `10003`}, []string{`33`, `0`, `"3"`}},
		"m2m:memberType":               {[]string{`0`, `20001`}, []string{`33`}},
		"m2m:scheduleEntry":            {[]string{`"* * * * * * *"`, `"0-23/2 * * * * * 2030"`}, []string{`"* * * * * *"`, `"60 * * * * * *"`, `""`}},
		"m2m:ipv4":                     {[]string{`"10.125.0.0/16"`, `"122.77.12.1"`}, []string{`"10.125.0.0/33"`, `"::1"`, `"10.125"`}},
		"m2m:ipv6":                     {[]string{`"::/0"`, `"abcd:ffff:abb0:aaaa::/64"`}, []string{`"10.0.0.1"`, `"::1%eth0"`, `"::/129"`}},
		"m2m:countryCode":              {[]string{`"KR"`}, []string{`"kr"`, `"KOR"`}},
		"m2m:dynAuthJWT":               {[]string{`"eyJ0.eyJp.dBjf"`, `"eyJ0..dBjf.5eym.Sdiw"`, `"eyJ0..dBjf"`}, []string{`"a.b"`, `".b.c"`, `"a.b."`, `"a+.b.c"`}},
		"m2m:signatureList":            {[]string{`["i6watmQQQ1y3GB-VsWq5fJKzQcBB4jRfH1bfJFj0JtFVtLotttzYyA=="]`}, []string{`[]`, `["a+b"]`, `["===="]`}},
		"m2m:listOfMinMax":             {[]string{`[10,2560]`, `[-1,-1]`}, []string{`[10]`, `[1,2,3]`, `[]`}},
		"m2m:missingDataList":          {[]string{`["20141103T111832"]`, `[10000,10005]`, `["PT1S"]`}, []string{`[]`, `["x"]`}},

		"m2m:geoCoordinates": {
			[]string{
				`{"typ":1,"crd":[17.5,48.1]}`, `{"typ":1,"crd":"[17.5, 48.1, 200]"}`,
				`{"typ":2,"crd":[[0,0],[1,1]]}`, `{"typ":4,"crd":[[0,0]]}`,
				`{"typ":3,"crd":[[[0,0],[1,0],[1,1],[0,0]]]}`, `{"typ":5,"crd":[[[0,0],[1,1]]]}`,
				`{"typ":6,"crd":[[[[0,0],[1,0],[1,1],[0,0]]]]}`,
			},
			[]string{
				`{}`, `{"typ":1}`, `{"crd":[1,2]}`, `{"typ":0,"crd":[1,2]}`, `{"typ":7,"crd":[1,2]}`,
				`{"typ":1,"crd":[1]}`, `{"typ":1,"crd":["1","2"]}`, `{"typ":1,"crd":[[1,2]]}`, `{"typ":1,"crd":"1,2"}`,
				`{"typ":2,"crd":[1,2]}`, `{"typ":2,"crd":[]}`, `{"typ":3,"crd":[[[0,0],[1,0],[1,1],[0,1]]]}`,
				`{"typ":3,"crd":[[[0,0],[0,0]]]}`, `{"typ":1,"crd":[1,2],"x":1}`, `{"typ":1,"crd":"[1,2"}`, `{"typ":1,"crd":"[1,--2]"}`,
			},
		},
		"m2m:batchNotify":        {[]string{`{}`, `{"num":2,"dur":"PT5S"}`}, []string{`{"num":-1}`, `{"nr":1}`, `{"num":1,"num":2}`}},
		"m2m:operationMonitor":   {[]string{`{"ops":1}`, `{"or":"C1"}`}, []string{`{}`}},
		"m2m:aggregatedResponse": {[]string{`{}`, `{"m2m:rsp":[{"rsc":2000,"rqi":"1","rvi":"3"}]}`}, []string{`{"rsp":[]}`, `{"m2m:rsp":[{"rsc":2000}]}`}},
		"m2m:rateLimit":          {[]string{`{"mnn":0,"tww":"PT1S"}`}, []string{`{"mnn":0}`, `{"tww":"PT1S"}`, `{}`}},
		"m2m:scheduleEntries":    {[]string{`{"sce":["* * * * * * *"]}`}, []string{`{}`, `{"sce":[]}`, `{"sce":"* * * * * * *"}`, `["* * * * * * *"]`}},
		"m2m:eventNotificationCriteria": {
			[]string{`{}`, `{"net":[1,3],"chty":[4],"atr":["lbl"],"om":[{"ops":1,"or":"Cae"}]}`, `{"net":[8],"md":{"num":1,"dur":"PT1S"}}`},
			[]string{`{"net":[0]}`, `{"net":1}`, `{"atr":[]}`, `{"md":{"num":1}}`, `{"chty":["4"]}`},
		},
		"m2m:setOfAcrs": {
			[]string{
				`{}`, `{"acr":[]}`, `{"acr":[{"acor":["all"],"acop":63}]}`,
				`{"acr":[{"acor":["C*","//sp/*"],"acop":1,"acaf":true,"aca":["lbl"],"acod":[{"chty":[4]}],"acco":[{"actw":["* * 8-20 * * * *"],"acip":{"ipv4":["10.0.0.0/8"],"ipv6":["::1"]},"aclr":{"accc":["KR"],"accr":[48.1,17.1,500]}}]}]}`,
			},
			[]string{
				`{"acr":{}}`, `{"acr":[{"acop":63}]}`, `{"acr":[{"acor":["all"]}]}`, `{"acr":[{"acor":[],"acop":63}]}`,
				`{"acr":[{"acor":"all","acop":63}]}`, `{"acr":[{"acor":["all"],"acop":64}]}`, `{"acr":[{"acor":["all"],"acop":"63"}]}`,
				`{"acr":[{"acor":["all"],"acop":63,"acaf":1}]}`, `{"acr":[{"acor":["all"],"acop":63,"x":1}]}`,
				`{"acr":[{"acor":["all"],"acop":63,"acco":[{"actw":["x"]}]}]}`, `{"acr":[{"acor":["all"],"acop":63,"acco":[{"aclr":{"accr":[1,2]}}]}]}`,
				`{"acr":[{"acor":["all"],"acop":63,"acod":[{}]}]}`, `{"acr":[null]}`,
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a := attributeOf(t, name)
			for _, v := range test.good {
				if err := a.Check(json.RawMessage(v)); err != nil {
					t.Errorf("%s: %v", v, err)
				}
			}
			for _, v := range test.bad {
				refused(t, a.Check(json.RawMessage(v)), "val", v)
			}
		})
	}
}

func TestAnErrorSaysWhereInTheValueTheFaultIs(t *testing.T) {
	s := newSchema(t)
	long := strings.Repeat("x", 5000)
	tests := []struct{ root, attribute, value, want string }{
		{"m2m:acp", "pv", `{"acr":[{"acor":["all"],"acop":64}]}`, `attribute pv.acr[0].acop: 64 is not in 1 to 63`},
		{"m2m:acp", "pv", `{"acr":[{"acor":["all"],"acop":1},{"acop":1}]}`, `attribute pv.acr[1].acor: the mandatory member is missing`},
		{"m2m:acp", "pvs", `{"acl":[]}`, `attribute pvs: "acl" is no member of m2m:setOfAcrs`},
		{"m2m:cnt", "mni", `"5"`, `attribute mni: "5" is not a JSON number`},
		{"m2m:cnt", "mni", `-1`, `attribute mni: "-1" is no integer of at least 0`},
		{"m2m:cnt", "lbl", `["a",2]`, `attribute lbl[1]: 2 is not a JSON string`},
		{"m2m:cnt", "lbl", `[]`, `attribute lbl: the list needs a member`},
		{"m2m:sub", "enc", `{"net":[1,11]}`, `attribute enc.net[1]: 11 is not one of 1, 2, 3, 4, 5, 6, 7, 8, 9, 10`},
		{"m2m:sub", "enc", `{"net":[1],"net":[2]}`, `attribute enc.net: there are two of it`},
		{"m2m:ae", "csz", `["yaml"]`, `attribute csz[0]: "yaml" is not one of xml, json, cbor, application/xml, application/json, application/cbor`},
		{"m2m:ae", "rr", `"yes"`, `attribute rr: "yes" is not true or false`},
		{"m2m:fwr", "mgd", `1002`, `attribute mgd: 1002 is not 1001`},
		{"m2m:cnt", "or", `"` + long + ` "`, `attribute or: "` + long[:64] + `…" is no URI`},
	}
	for _, test := range tests {
		err := s.Root(test.root).Attribute(test.attribute).Check(json.RawMessage(test.value))
		if got := m2m.DetailOf(err); got != test.want {
			t.Errorf("%s %s = %.80s:\n got %q\nwant %q", test.root, test.attribute, test.value, got, test.want)
		}
	}
}

func TestNestingIsBounded(t *testing.T) {
	deep := strings.Repeat("[", 100000) + strings.Repeat("]", 100000)
	for _, dataType := range []string{"m2m:geoCoordinates", "m2m:coordinates", "m2m:setOfAcrs", "[xs:anyURI]"} {
		if attributeOf(t, dataType).Check(json.RawMessage(deep)) == nil {
			t.Errorf("%s: 100000 arrays in each other are accepted", dataType)
		}
	}
}

// FuzzCheck gives any JSON to any attribute: it never panics, and gives the
// same answer twice.
func FuzzCheck(f *testing.F) {
	s := newSchema(f)
	var all []*schema.Attribute
	for _, t := range s.Types() {
		all = append(all, t.Attributes...)
	}
	for _, v := range []string{`"a"`, `1`, `-1.5e3`, `[]`, `{"acr":[{"acor":["all"],"acop":63}]}`, `[[0,0],[1,1]]`, `{"typ":1,"crd":"[1,2]"}`, `"\ud800"`, `{"a\u0062":{}}`, `null`, `tru`, `[1`, `"\`} {
		f.Add(7, []byte(v))
	}
	f.Fuzz(func(t *testing.T, n int, value []byte) {
		a := all[int(uint(n)%uint(len(all)))]
		first, second := a.Check(value), a.Check(value)
		if (first == nil) != (second == nil) {
			t.Fatalf("%s = %s: %v, then %v", a.Short, value, first, second)
		}
		if first != nil && m2m.StatusOf(first) != m2m.StatusBadRequest {
			t.Fatalf("%s = %s: %v", a.Short, value, first)
		}
		if first != nil && len(m2m.DetailOf(first)) > 4096 {
			t.Fatalf("%s: the detail has %d bytes", a.Short, len(m2m.DetailOf(first)))
		}
	})
}

// FuzzAccessControlRules holds what the check of privileges accepts to what
// the decision about access relies on.
func FuzzAccessControlRules(f *testing.F) {
	pv := newSchema(f).Root("m2m:acp").Attribute("pv")
	for _, v := range []string{
		`{}`, `{"acr":[{"acor":["all"],"acop":63}]}`,
		`{"acr":[{"acor":["C1","C2"],"acop":2,"acco":[{"actw":["* * * * * * *"],"acip":{"ipv4":["10.0.0.1"]}}],"acod":[{"ty":3,"chty":[4]}]}]}`,
		`{"acr":[{"acor":["a"],"acop":0,"acaf":false,"aca":["lbl"]}]}`,
	} {
		f.Add([]byte(v))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		if !json.Valid(value) || pv.Check(value) != nil {
			return
		}
		var set struct {
			Rules []struct {
				Originators []string `json:"acor"`
				Operations  *int     `json:"acop"`
				Contexts    []struct {
					Windows []string `json:"actw"`
				} `json:"acco"`
			} `json:"acr"`
		}
		// encoding/json matches names without regard to case; the check has
		// refused any other spelling before.
		if err := json.Unmarshal(value, &set); err != nil {
			t.Fatalf("%s is accepted and does not decode: %v", value, err)
		}
		for _, r := range set.Rules {
			if len(r.Originators) == 0 || r.Operations == nil || *r.Operations < 1 || *r.Operations > 63 {
				t.Fatalf("%s is accepted with a rule %+v", value, r)
			}
		}
	})
}

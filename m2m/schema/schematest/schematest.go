// Package schematest makes legal values for the attributes of resource types
// out of the schema, for tests that go through all types: those of the schema
// itself, of the CSE, of the codecs and of the conformance suite.
//
// The values are syntactically legal and mean nothing: an identifier names no
// resource, a time lies in the year 2099.
package schematest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/schema"
)

// samples has a value for each simple data type whose rule is code.
var samples = map[string]string{
	"xs:anyType":             `"anything"`,
	"xs:anySimpleType":       `"23.5"`,
	"xs:boolean":             `true`,
	"xs:decimal":             `23.5`,
	"xs:float":               `23.5`,
	"xs:double":              `2.35e1`,
	"xs:string":              `"text"`,
	"xs:integer":             `-7`,
	"xs:nonNegativeInteger":  `0`,
	"xs:positiveInteger":     `1`,
	"xs:long":                `-1`,
	"xs:int":                 `-1`,
	"xs:short":               `-1`,
	"xs:byte":                `-1`,
	"xs:unsignedLong":        `18446744073709551615`,
	"xs:unsignedInt":         `4294967295`,
	"xs:unsignedShort":       `65535`,
	"xs:unsignedByte":        `255`,
	"xs:normalizedString":    `"some text"`,
	"xs:token":               `"some token"`,
	"xs:NCName":              `"mni"`,
	"xs:anyURI":              `"/id-in/cse-in/resource"`,
	"xs:base64Binary":        `"c2lnaWw="`,
	"xs:hexBinary":           `"cafe"`,
	"xs:duration":            `"PT1H"`,
	"xs:date":                `"20990101"`,
	"xs:time":                `"120000"`,
	"m2m:nhURI":              `"ri1234"`,
	"m2m:resourceName":       `"name"`,
	"m2m:ID":                 `"/id-in/Cae1"`,
	"m2m:requestID":          `"r1234"`,
	"m2m:nodeID":             `"urn:gsma:imei:90420156-025763-0;svn=42"`,
	"m2m:deviceID":           `"urn:dev:ops:012345-box-0123456789"`,
	"m2m:externalID":         `"123456789@domain.example"`,
	"m2m:triggerRecipientID": `3010`,
	"m2m:locationTargetID":   `"8617791450839"`,
	"m2m:TMGI":               `"F2003090156"`,
	"m2m:sessionDescription": `"o=user 2890844526 2890844526 IN IP4 10.1.1.1"`,
	"m2m:sessionCapability":  `"audio:AVP"`,
	"m2m:sparql":             `"SELECT ?s WHERE { ?s ?p ?o }"`,
	"m2m:roleID":             `"1234abcd@role-issuer.example"`,
	"m2m:tokenID":            `"1234abcd@token-issuer.example"`,
	"m2m:label":              `"colour:red"`,
	"m2m:pointOfAccess":      `"http://192.0.2.1:8080/ae"`,
	"m2m:ipv4":               `"192.0.2.0/24"`,
	"m2m:ipv6":               `"2001:db8::/32"`,
	"m2m:countryCode":        `"KR"`,
	"m2m:timestamp":          `"20990101T120000,5"`,
	"m2m:absRelTimestamp":    `"20990101T120000"`,
	"m2m:missingDataPoint":   `"20990101T120000"`,
	"m2m:typeOfContent":      `"application/json"`,
	"m2m:contentInfo":        `"application/json:0"`,
	"m2m:scheduleEntry":      `"* 0-5 2,6,10 * * * *"`,
	"m2m:signature":          `"c2lnaWw"`,
	"m2m:e2eCompactJWS":      `"eyJ0.eyJp.dBjf"`,
	"m2m:e2eCompactJWE":      `"eyJ0..dBjf.5eym.Sdiw"`,
	"m2m:dynAuthJWT":         `"eyJ0.eyJp.dBjf"`,
	"m2m:coordinates":        `[17.5,48.1]`,
	"m2m:geoCoordinates":     `{"typ":1,"crd":[17.5,48.1]}`,
	"m2m:primitiveContent":   `{"m2m:cin":{"con":"1"}}`,
	"m2m:representation":     `{"m2m:cin":{"con":"1"}}`,
}

// Sample returns a legal value of the attribute as compact JSON: its fixed
// value if it has one, the minimum of its data type else. It panics for a
// data type that has no sample here, which the tests of the package exclude.
func Sample(a *schema.Attribute) json.RawMessage {
	if a.Fixed != nil {
		return a.Fixed
	}
	return json.RawMessage(value(a.Definition(), false))
}

// FullSample returns a legal value of the attribute in which every optional
// member of a complex data type is there too.
func FullSample(a *schema.Attribute) json.RawMessage {
	if a.Fixed != nil {
		return a.Fixed
	}
	return json.RawMessage(value(a.Definition(), true))
}

// SampleCreate returns a representation with which a Create of the type is
// legal: the mandatory attributes alone. TS-0004 7.3.3.3.
func SampleCreate(t *schema.Type) m2m.Object {
	var o m2m.Object
	for _, a := range t.Attributes {
		if a.Create == schema.Mandatory {
			o = append(o, m2m.Member{Name: a.Short, Value: Sample(a)})
		}
	}
	return o
}

// value returns a value of d, with every member of complex types or with the
// required ones.
func value(d *schema.DataType, full bool) string {
	if s, ok := samples[d.Name]; ok {
		return s
	}
	switch {
	case len(d.Tokens) > 0:
		return strconv.Quote(d.Tokens[0])
	case len(d.Values) > 0:
		return strconv.FormatInt(d.Values[len(d.Values)-1].Max, 10)
	case d.Kind == schema.KindList:
		item := value(d.Item, full)
		return "[" + strings.TrimSuffix(strings.Repeat(item+",", max(d.Count, 1)), ",") + "]"
	case d.Kind == schema.KindObject:
		var members []string
		for _, m := range d.Members {
			if m.Required || full || len(d.AnyOf) > 0 && d.AnyOf[0] == m.Short {
				members = append(members, strconv.Quote(m.Short)+":"+value(m.Type, full))
			}
		}
		return "{" + strings.Join(members, ",") + "}"
	case d.Kind == schema.KindString:
		return `"text"`
	}
	panic(fmt.Sprintf("schematest: no sample of %s", d.Name))
}

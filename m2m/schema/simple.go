package schema

import (
	"encoding/base64"
	"encoding/hex"
	"mime"
	"net/netip"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/schedule"
)

// simpleTypes returns the simple data types that need a rule in code: those of
// XML Schema in TS-0004 table 6.3.2-1 and those of oneM2M in table 6.3.3-1.
// All others are in types/datatypes.def. The map is the caller's.
func simpleTypes() map[string]*DataType {
	all := make(map[string]*DataType)
	enter := func(kind Kind, names string, rule func(text []byte) string) {
		for name := range strings.FieldsSeq(names) {
			all[name] = &DataType{Name: name, Kind: kind, rule: rule}
		}
	}
	enter(KindAny, "xs:anyType", nil)
	enter(KindAny, "xs:anySimpleType", scalarOnly)
	enter(KindBoolean, "xs:boolean", nil)
	enter(KindNumber, "xs:decimal xs:float xs:double", nil)
	enter(KindString, "xs:string", nil)
	enter(KindObject, "m2m:primitiveContent m2m:representation", nil)

	enter(KindNumber, "xs:integer", integer("", ""))
	enter(KindNumber, "xs:nonNegativeInteger", integer("0", ""))
	enter(KindNumber, "xs:positiveInteger", integer("1", ""))
	enter(KindNumber, "xs:long", integer("-9223372036854775808", "9223372036854775807"))
	enter(KindNumber, "xs:int", integer("-2147483648", "2147483647"))
	enter(KindNumber, "xs:short", integer("-32768", "32767"))
	enter(KindNumber, "xs:byte", integer("-128", "127"))
	enter(KindNumber, "xs:unsignedLong", integer("0", "18446744073709551615"))
	enter(KindNumber, "xs:unsignedInt", integer("0", "4294967295"))
	enter(KindNumber, "xs:unsignedShort", integer("0", "65535"))
	enter(KindNumber, "xs:unsignedByte", integer("0", "255"))
	enter(KindNumber, "m2m:triggerRecipientID", integer("0", "65535"))

	enter(KindString, "xs:normalizedString", rule("has a tab or a line break", normalized))
	enter(KindString, "xs:token", test("is no token: white space at an end, two spaces together, a tab or a line break", token))
	enter(KindString, "xs:NCName", rule("is no NCName", ncName))
	enter(KindString, "xs:anyURI m2m:nhURI", rule("is no URI", anyURI))
	enter(KindString, "xs:base64Binary", rule("is not base64 (RFC 4648)", base64Binary))
	enter(KindString, "xs:hexBinary", rule("is not hexadecimal", func(s string) bool { _, err := hex.DecodeString(s); return err == nil }))
	enter(KindString, "xs:duration", rule("is not a duration of the form PnYnMnDTnHnMnS", func(s string) bool { _, err := m2m.ParseDuration(s); return err == nil }))
	enter(KindString, "xs:date", rule("is not a date of the form YYYYMMDD or YYYY-MM-DD", date))
	enter(KindString, "xs:time", rule("is not a time of the form hhmmss or hh:mm:ss", timeOfDay))

	enter(KindString, "m2m:resourceName", rule("is no resource name", m2m.ValidResourceName))
	enter(KindString, "m2m:ID m2m:requestID", rule("is no identifier", identifier))
	enter(KindString, "m2m:nodeID m2m:locationTargetID m2m:TMGI m2m:sessionDescription m2m:sparql", rule("is empty", func(s string) bool { return s != "" }))
	enter(KindString, "m2m:deviceID", rule("is no URN", func(s string) bool { return len(s) > 4 && strings.EqualFold(s[:4], "urn:") && anyURI(s) }))
	enter(KindString, "m2m:externalID", rule("is not of the form name@domain", externalID))
	enter(KindString, "m2m:roleID m2m:tokenID", rule("is not of the form name@domain in lower case", issuedID))
	enter(KindString, "m2m:label", test("is no label: empty, no key, white space at an end, two spaces together, a tab or a line break", label))
	enter(KindString, "m2m:pointOfAccess", rule("is no point of access: a URI with scheme and host", pointOfAccess))
	enter(KindString, "m2m:ipv4", rule("is no IPv4 address, with or without a prefix length", func(s string) bool { return network(s, true) }))
	enter(KindString, "m2m:ipv6", rule("is no IPv6 address, with or without a prefix length", func(s string) bool { return network(s, false) }))
	enter(KindString, "m2m:countryCode", rule("is no country code of two capital letters (ISO 3166-1)", countryCode))
	enter(KindString, "m2m:timestamp", rule("is not a timestamp of the form YYYYMMDDThhmmss[,ffffff]", timestamp))
	enter(KindScalar, "m2m:absRelTimestamp", rule("is neither a timestamp nor a number of milliseconds", absRelTimestamp))
	enter(KindScalar, "m2m:missingDataPoint", rule("is neither a timestamp nor a duration", func(s string) bool { return absRelTimestamp(s) || duration(s) }))
	enter(KindString, "m2m:typeOfContent", test("is no media type", mediaType))
	enter(KindString, "m2m:contentInfo", test("is not of the form type/subtype:encoding[:security]", contentInfo))
	enter(KindString, "m2m:scheduleEntry", rule("is no schedule entry", scheduleEntry))
	enter(KindString, "m2m:sessionCapability", rule("is not of the form media:protocol", sessionCapability))
	enter(KindString, "m2m:signature", rule("is not base64url", base64URL))
	enter(KindString, "m2m:e2eCompactJWS", rule("is no JWS in compact serialization", func(s string) bool { return compact(s, 3) }))
	enter(KindString, "m2m:e2eCompactJWE", rule("is no JWE in compact serialization", func(s string) bool { return compact(s, 5) }))
	enter(KindString, "m2m:dynAuthJWT", rule("is no JWS or JWE in compact serialization", func(s string) bool { return compact(s, 3) || compact(s, 5) }))
	enter(KindAny, "m2m:coordinates", coordinates)
	return all
}

// objectRule returns the rule between the members of a complex type, nil if
// there is none.
func objectRule(name string) func([]byte) string {
	if name == "m2m:geoCoordinates" {
		return geoCoordinates
	}
	return nil
}

// rule makes the rule of a data type from a test of its text.
func rule(problem string, ok func(string) bool) func([]byte) string {
	return test(problem, func(text []byte) bool { return ok(string(text)) })
}

// test is rule for what every contentInstance may carry, so that its check
// allocates nothing.
func test(problem string, ok func([]byte) bool) func([]byte) string {
	return func(text []byte) string {
		if ok(text) {
			return ""
		}
		return problem
	}
}

// scalarOnly refuses arrays and objects: xs:anySimpleType.
func scalarOnly(v []byte) string {
	if v[0] == '[' || v[0] == '{' {
		return describe(v) + " is not a string, a number or a boolean"
	}
	return ""
}

// integer returns the rule of integers of any size from least to most, both
// in decimal; empty means no bound. TS-0004 table 6.3.2-1.
func integer(least, most string) func([]byte) string {
	problem := "is no integer"
	switch {
	case most != "":
		problem = "is not in " + least + " to " + most
	case least != "":
		problem = "is no integer of at least " + least
	}
	return func(text []byte) string {
		digits := text
		if len(digits) > 0 && digits[0] == '-' {
			digits = digits[1:]
		}
		for _, c := range digits {
			if c < '0' || c > '9' {
				return problem
			}
		}
		if len(digits) == 0 ||
			least != "" && compareDecimal(text, least) < 0 ||
			most != "" && compareDecimal(text, most) > 0 {
			return problem
		}
		return ""
	}
}

// compareDecimal compares two integers in decimal without leading zeros,
// which JSON does not have.
func compareDecimal(a []byte, b string) int {
	if len(a) == 2 && a[0] == '-' && a[1] == '0' {
		a = a[1:]
	}
	negA, negB := a[0] == '-', b[0] == '-'
	switch {
	case negA != negB:
		if negA {
			return -1
		}
		return 1
	case negA:
		return -compareDecimal(a[1:], b[1:])
	case len(a) != len(b):
		return len(a) - len(b)
	}
	return strings.Compare(string(a), b)
}

func normalized(s string) bool { return !strings.ContainsAny(s, "\t\r\n") }

func token(text []byte) bool {
	space := true // as before the first character
	for _, c := range text {
		if c == '\t' || c == '\r' || c == '\n' || c == ' ' && space {
			return false
		}
		space = c == ' '
	}
	return len(text) == 0 || !space
}

// label is key or key:value. TS-0004 table 6.3.3-1.
func label(text []byte) bool { return len(text) > 0 && text[0] != ':' && token(text) }

// ncName is the NCName of XML Namespaces, with Unicode's letters and digits
// for XML's tables of them.
func ncName(s string) bool {
	for i, r := range s {
		switch {
		case r == '_' || unicode.IsLetter(r):
		case i > 0 && (r == '-' || r == '.' || r == 0xB7 || unicode.IsDigit(r) || unicode.IsMark(r)):
		default:
			return false
		}
	}
	return s != ""
}

// anyURI is an IRI reference (RFC 3987): what no such reference has are white
// space, control characters and the delimiters of RFC 3986 appendix C.
func anyURI(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c <= ' ' || c == 0x7f || strings.IndexByte("<>\"{}|\\^`", c) >= 0:
			return false
		case c == '%':
			if i+2 >= len(s) || !hexDigit(s[i+1]) || !hexDigit(s[i+2]) {
				return false
			}
		}
	}
	return true
}

func hexDigit(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// identifier is an identifier of an entity or a resource, which are made of
// segments as in the path of a URI. TS-0004 6.2.3, 6.2.4.
func identifier(s string) bool { return s != "" && !strings.ContainsAny(s, "?#") && anyURI(s) }

func base64Binary(s string) bool {
	_, err := base64.StdEncoding.DecodeString(s)
	return err == nil
}

func base64URL(s string) bool {
	if s == "" {
		return false
	}
	_, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
	return err == nil && len(s)-len(strings.TrimRight(s, "=")) <= 2
}

// compact is the compact serialization of RFC 7515 and RFC 7516 by its form:
// the header is there, and the ciphertext of a JWE.
func compact(s string, parts int) bool {
	split := strings.Split(s, ".")
	if len(split) != parts || split[0] == "" {
		return false
	}
	if parts == 3 && split[2] == "" || parts == 5 && split[3] == "" {
		return false
	}
	for _, p := range split {
		if p != "" && !base64URL(p) {
			return false
		}
	}
	return true
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func date(s string) bool {
	if len(s) == 10 && s[4] == '-' && s[7] == '-' {
		s = s[:4] + s[5:7] + s[8:]
	}
	return len(s) == 8 && timestamp(s+"T000000")
}

func timeOfDay(s string) bool {
	if len(s) == 8 && s[2] == ':' && s[5] == ':' {
		s = s[:2] + s[3:5] + s[6:]
	}
	return len(s) == 6 && timestamp("20000101T"+s)
}

func timestamp(s string) bool { _, err := m2m.ParseTimestamp(s); return err == nil }

func duration(s string) bool { _, err := m2m.ParseDuration(s); return err == nil }

func absRelTimestamp(s string) bool {
	rest := strings.TrimPrefix(s, "-")
	return digits(rest) && len(rest) <= 18 || timestamp(s)
}

func externalID(s string) bool {
	name, domain, ok := strings.Cut(s, "@")
	return ok && name != "" && domain != "" && anyURI(s) && !strings.Contains(domain, "@")
}

// issuedID is a Role-ID or a Token-ID: letters, digits, '.', '_' and '-', and
// the domain of the issuer in lower case. TS-0004 table 6.3.3-1.
func issuedID(s string) bool {
	name, domain, ok := strings.Cut(s, "@")
	return ok && m2m.Unreserved(name) && !strings.Contains(name, "~") &&
		m2m.Unreserved(domain) && domain == strings.ToLower(domain) && !strings.ContainsAny(domain, "_~")
}

func pointOfAccess(s string) bool {
	if !anyURI(s) {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && (u.Host != "" || u.Opaque != "")
}

func network(s string, v4 bool) bool {
	addr, err := netip.ParseAddr(s)
	if err != nil {
		prefix, err := netip.ParsePrefix(s)
		if err != nil {
			return false
		}
		addr = prefix.Addr()
	}
	return addr.Zone() == "" && addr.Is4() == v4
}

func countryCode(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}

// mediaType is type/subtype, each a token, and perhaps parameters. RFC 2045
// 5.1.
func mediaType(text []byte) bool {
	slash := 0
	for i, c := range text {
		switch {
		case c == '/' && slash == 0 && i > 0:
			slash = i
		case c == ';' && slash > 0 && i > slash+1:
			_, _, err := mime.ParseMediaType(string(text))
			return err == nil
		case c <= ' ' || c >= 0x7f || strings.IndexByte("()<>@,;:\\\"/[]?=", c) >= 0:
			return false
		}
	}
	return slash > 0 && slash < len(text)-1
}

// contentInfo is a media type, an m2m:encodingType (0 to 2) and perhaps an
// m2m:contentSecurity (0 to 5). TS-0004 table 6.3.3-1.
func contentInfo(text []byte) bool {
	n := len(text)
	if n < 2 || text[n-2] != ':' {
		return false
	}
	last, rest := text[n-1], text[:n-2]
	if n := len(rest); n > 2 && rest[n-2] == ':' && rest[n-1] >= '0' && rest[n-1] <= '2' {
		return last >= '0' && last <= '5' && mediaType(rest[:n-2])
	}
	return last >= '0' && last <= '2' && mediaType(rest)
}

func sessionCapability(s string) bool {
	media, protocol, ok := strings.Cut(s, ":")
	return ok && media != "" && protocol != "" && utf8.ValidString(s) && !strings.ContainsAny(s, " \t\r\n")
}

func scheduleEntry(s string) bool { _, err := schedule.Parse(s); return err == nil }

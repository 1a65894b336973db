package wire

import (
	"slices"
	"strings"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/encoding"
)

// splitPlus takes a list apart whose items are joined by '+', white space
// around them being insignificant (TS-0009 6.4.24). Not ok: an empty item.
func splitPlus(v string) (items []string, ok bool) {
	for item := range strings.SplitSeq(v, "+") {
		item = strings.Trim(item, " \t")
		if item == "" {
			return nil, false
		}
		items = append(items, item)
	}
	return items, true
}

// joinPlus is the reverse of splitPlus. It fails on items that would not come
// back as they are.
func joinPlus(name string, items []string) (string, error) {
	for _, item := range items {
		if item == "" || strings.Contains(item, "+") || !carriable(item) {
			return "", badRequest("%q cannot travel in header field %s", m2m.Clip(item), name)
		}
	}
	return strings.Join(items, "+"), nil
}

// setTokens reads the Tokens parameter: compact JWS and JWE joined by '+'.
// TS-0009 6.4.19.
//
// The field has a second use: TS-0009 7.1 has credentials of RFC 7235 in it,
// a scheme and what it needs, as in "Bearer ...". Those are for whoever
// terminates HTTP, and no parameter. No scheme's name has a dot, every token
// has two.
func setTokens(r *m2m.Request, v string) error {
	if first, _, _ := strings.Cut(v, " "); !strings.Contains(first, ".") {
		return nil
	}
	tokens, ok := splitPlus(v)
	if !ok || slices.ContainsFunc(tokens, func(t string) bool { return !compactJOSE(t) }) {
		return badRequest("header field Authorization is neither a list of JWS and JWE in compact serialization nor a scheme with credentials")
	}
	r.Tokens = tokens
	return nil
}

func getTokens(r *m2m.Request) (string, error) {
	for _, t := range r.Tokens {
		if !compactJOSE(t) {
			return "", badRequest("%q of tkns is no JWS or JWE in compact serialization", m2m.Clip(t))
		}
	}
	return joinPlus("Authorization", r.Tokens)
}

// compactJOSE reports whether s has the characters of a compact JWS or JWE:
// base64url in at least three parts, some of which may be empty.
func compactJOSE(s string) bool {
	return strings.Count(s, ".") >= 2 && s[0] != '.' && base64URL(strings.ReplaceAll(s, ".", ""))
}

// setSigns reads the Authorization Signatures: base64url strings joined by
// '+'. TS-0009 6.4.24.
func setSigns(r *m2m.Request, v string) error {
	signs, ok := splitPlus(v)
	if !ok || slices.ContainsFunc(signs, func(s string) bool { return !base64URL(s) }) {
		return badRequest("header field X-M2M-AS is no list of base64url strings")
	}
	r.AuthorSigns = signs
	return nil
}

func getSigns(r *m2m.Request) (string, error) {
	for _, s := range r.AuthorSigns {
		if !base64URL(s) {
			return "", badRequest("%q of aus is no base64url string", m2m.Clip(s))
		}
	}
	return joinPlus("X-M2M-AS", r.AuthorSigns)
}

func base64URL(s string) bool {
	s = strings.TrimRight(s, "=")
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return s != ""
}

// setNotificationURIs reads the notificationURI list of Response Type.
// TS-0009 6.4.11.
func setNotificationURIs(r *m2m.Request, v string) error {
	uris := splitURIs(v)
	if slices.Contains(uris, "") {
		return badRequest("header field X-M2M-RTU has an empty item")
	}
	r.NotificationURIs = uris
	return nil
}

func getNotificationURIs(r *m2m.Request) (string, error) {
	if len(r.NotificationURIs) == 0 {
		return "", nil
	}
	v := strings.Join(r.NotificationURIs, "&")
	if !slices.Equal(splitURIs(v), r.NotificationURIs) || slices.Contains(r.NotificationURIs, "") || !carriable(v) {
		return "", badRequest("the notification URIs of rt cannot travel in header field X-M2M-RTU")
	}
	return v, nil
}

// splitURIs takes apart URIs and identifiers that are joined by '&'. A URI
// with a query may have that character itself (http://host/path?q=1&ct=json,
// TS-0004 7.4.8.1): a piece that reads name=value goes on with the query
// before it, for neither an identifier nor a URI begins so.
func splitURIs(v string) []string {
	var uris []string
	for piece := range strings.SplitSeq(v, "&") {
		piece = strings.Trim(piece, " \t")
		at := strings.IndexAny(piece, "=/:")
		last := len(uris) - 1
		if last >= 0 && at > 0 && piece[at] == '=' && strings.Contains(uris[last], "?") {
			uris[last] += "&" + piece
			continue
		}
		uris = append(uris, piece)
	}
	return uris
}

// decodeAssignments reads X-M2M-ATI, lti:tkid pairs joined by '+', into
// m2m:dynAuthLocalTokenIdAssignments in JSON, which is what a Response holds.
// TS-0009 6.4.18, TS-0004 6.3.5.43.
func decodeAssignments(v string) ([]byte, error) {
	pairs, ok := splitPlus(v)
	if !ok {
		return nil, badRequest("header field X-M2M-ATI has an empty item")
	}
	b := []byte(`{"ltia":[`)
	for i, pair := range pairs {
		lti, tkid, ok := strings.Cut(pair, ":")
		if !ok || lti == "" || tkid == "" {
			return nil, badRequest("header field X-M2M-ATI: %q is no pair of local token id and token id", m2m.Clip(pair))
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, `{"lti":`...), m2m.Quote(lti)...)
		b = append(append(b, `,"tkid":`...), m2m.Quote(tkid)...)
		b = append(b, '}')
	}
	return append(b, `]}`...), nil
}

// encodeAssignments is the reverse of decodeAssignments.
func encodeAssignments(data []byte) (string, error) {
	bad := badRequest("ati is no list of local token id assignments that X-M2M-ATI can carry")
	o, err := encoding.ParseObject(data, encoding.Limits{})
	if err != nil {
		return "", bad
	}
	list, err := encoding.ParseArray(o.Get("ltia"), encoding.Limits{})
	if err != nil || len(list) == 0 {
		return "", bad
	}
	pairs := make([]string, len(list))
	for i, raw := range list {
		o, err := encoding.ParseObject(raw, encoding.Limits{})
		if err != nil {
			return "", bad
		}
		lti, _ := o.String("lti")
		tkid, _ := o.String("tkid")
		if lti == "" || tkid == "" || strings.Contains(lti, ":") {
			return "", bad
		}
		pairs[i] = lti + ":" + tkid
	}
	return joinPlus("X-M2M-ATI", pairs)
}

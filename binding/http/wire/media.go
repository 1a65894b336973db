package wire

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/sigil-m2m/sigil/m2m"
)

// formats maps the subtypes of "application" that carry oneM2M content to
// their serialization. TS-0004 table 6.7-1, TS-0009 6.4.3.
var formats = map[string]m2m.Format{
	"json":                 m2m.JSON,
	"vnd.onem2m-res+json":  m2m.JSON,
	"vnd.onem2m-ntfy+json": m2m.JSON,
	"vnd.onem2m-preq+json": m2m.JSON,
	"vnd.onem2m-prsp+json": m2m.JSON,
	"xml":                  m2m.XML,
	"vnd.onem2m-res+xml":   m2m.XML,
	"vnd.onem2m-ntfy+xml":  m2m.XML,
	"vnd.onem2m-preq+xml":  m2m.XML,
	"vnd.onem2m-prsp+xml":  m2m.XML,
	"cbor":                 m2m.CBOR,
	"vnd.onem2m-res+cbor":  m2m.CBOR,
	"vnd.onem2m-ntfy+cbor": m2m.CBOR,
	"vnd.onem2m-preq+cbor": m2m.CBOR,
	"vnd.onem2m-prsp+cbor": m2m.CBOR,
}

// formatOf returns the serialization of a media type without parameters.
func formatOf(mediaType string) (m2m.Format, bool) {
	if mediaType == "application/json" { // nearly always
		return m2m.JSON, true
	}
	top, sub, _ := strings.Cut(mediaType, "/")
	if !strings.EqualFold(top, "application") {
		return 0, false
	}
	f, ok := formats[strings.ToLower(sub)]
	return f, ok
}

// A contentType is a Content-Type field taken apart. TS-0009 6.4.3.
type contentType struct {
	format  m2m.Format
	known   bool             // the media type is one of oneM2M's
	present bool             // there is such a field
	ty      m2m.ResourceType // Resource Type; 0 if there is none
}

// parseContentType reads the Content-Type field of h. A media type that is
// none of oneM2M's is no error here, for there may be no body to read.
func parseContentType(h http.Header) (contentType, error) {
	var ct contentType
	values := h["Content-Type"]
	if len(values) == 0 || len(values) == 1 && values[0] == "" {
		return ct, nil
	}
	if len(values) > 1 {
		return ct, badRequest("header field Content-Type is given %d times, allowed once", len(values))
	}
	mediaType, params, _ := strings.Cut(values[0], ";")
	ct.present = true
	ct.format, ct.known = formatOf(strings.TrimSpace(mediaType))
	for params != "" {
		var param string
		param, params, _ = strings.Cut(params, ";")
		name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		value = strings.Trim(value, `"`)
		switch {
		case strings.EqualFold(name, "ty"):
			n, ok := number(value)
			if !ok || n == 0 || ct.ty != 0 {
				return ct, badRequest("header field Content-Type: ty=%q is no single resource type", m2m.Clip(value))
			}
			ct.ty = m2m.ResourceType(n)
		case strings.EqualFold(name, "charset"):
			// RFC 8259 8.1: JSON between systems is UTF-8.
			ct.known = ct.known && (strings.EqualFold(value, "utf-8") || strings.EqualFold(value, "utf8"))
		}
	}
	return ct, nil
}

// parseAccept returns those of the supported serializations that the Accept
// fields of h admit, best first; none if the originator states no preference
// that a supported one could break. If nothing admitted is supported the error
// is 5207. TS-0009 6.4.2, RFC 9110 12.5.1.
func parseAccept(h http.Header, supported []m2m.Format) ([]m2m.Format, error) {
	values := h["Accept"]
	if len(values) == 0 || len(values) == 1 && (values[0] == "" || values[0] == "*/*") {
		return nil, nil
	}
	if len(values) == 1 && values[0] == "application/json" && slices.Contains(supported, m2m.JSON) {
		return jsonOnly, nil // what nearly everybody sends
	}
	// Quality by format in thousandths; of several ranges that name a format
	// the best counts, and a range that names it goes before a wildcard.
	var quality [m2m.CBOR + 1]int
	for i := range quality {
		quality[i] = -1
	}
	wildcard := 0
	for r := range acceptRanges(values) {
		switch f, ok := formatOf(r.mediaType); {
		case ok:
			quality[f] = max(quality[f], r.quality)
		case r.mediaType == "*/*" || strings.EqualFold(r.mediaType, "application/*"):
			wildcard = max(wildcard, r.quality)
		}
	}
	var admitted []m2m.Format
	for _, f := range supported {
		if quality[f] < 0 {
			quality[f] = wildcard
		}
		if quality[f] > 0 {
			admitted = append(admitted, f)
		}
	}
	if len(admitted) == 0 {
		return nil, m2m.Errorf("http.decode", m2m.StatusNotAcceptable, "header field Accept admits no serialization that is supported here")
	}
	slices.SortStableFunc(admitted, func(a, b m2m.Format) int { return quality[b] - quality[a] })
	return admitted, nil
}

type acceptRange struct {
	mediaType string
	quality   int // thousandths
}

// acceptRanges yields the media ranges of Accept fields. A quality that is no
// number counts as 1, since the range was asked for.
func acceptRanges(values []string) func(yield func(acceptRange) bool) {
	return func(yield func(acceptRange) bool) {
		for _, v := range values {
			for v != "" {
				var item string
				item, v, _ = strings.Cut(v, ",")
				mediaType, params, _ := strings.Cut(item, ";")
				r := acceptRange{strings.TrimSpace(mediaType), 1000}
				for params != "" {
					var param string
					param, params, _ = strings.Cut(params, ";")
					name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
					if strings.EqualFold(name, "q") {
						if q, err := strconv.ParseFloat(value, 64); err == nil && q >= 0 && q <= 1 {
							r.quality = int(q * 1000)
						}
					}
				}
				if !yield(r) {
					return
				}
			}
		}
	}
}

// Content types of messages that are written here. The slices are shared by
// all messages and never changed.
var (
	plainTypes = [...][]string{
		m2m.JSON: {"application/json"},
		m2m.XML:  {"application/xml"},
		m2m.CBOR: {"application/cbor"},
	}
	vendorTypes = [...][]string{
		m2m.JSON: {"application/vnd.onem2m-res+json"},
		m2m.XML:  {"application/vnd.onem2m-res+xml"},
		m2m.CBOR: {"application/vnd.onem2m-res+cbor"},
	}
)

// responseType chooses the Content-Type of a response in format f: oneM2M's
// own media type for resources if the originator asks for it rather than for
// the common one.
func responseType(h http.Header, f m2m.Format) []string {
	values := h["Accept"]
	if len(values) == 0 || len(values) == 1 && (values[0] == "*/*" || values[0] == plainTypes[f][0]) {
		return plainTypes[f]
	}
	exact, vendor, wildcard := 0, 0, 0
	for r := range acceptRanges(values) {
		switch {
		case strings.EqualFold(r.mediaType, plainTypes[f][0]):
			exact = max(exact, r.quality)
		case strings.EqualFold(r.mediaType, vendorTypes[f][0]):
			vendor = max(vendor, r.quality)
		case r.mediaType == "*/*", strings.EqualFold(r.mediaType, "application/*"):
			wildcard = max(wildcard, r.quality)
		}
	}
	if vendor > exact && vendor >= wildcard {
		return vendorTypes[f]
	}
	return plainTypes[f]
}

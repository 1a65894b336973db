package m2m

import (
	"bytes"
	"encoding/json"
)

// Quote returns s as a JSON string. Characters that mean something to HTML
// are left as they are: nothing here goes into a page.
func Quote(s string) []byte {
	plain := true
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			plain = false
			break
		}
	}
	if plain {
		b := make([]byte, 0, len(s)+2)
		b = append(b, '"')
		b = append(b, s...)
		return append(b, '"')
	}
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	// A string always encodes; bytes that are no UTF-8 become U+FFFD.
	_ = e.Encode(s)
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

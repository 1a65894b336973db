package conformance

import (
	"fmt"
	"net/url"

	"github.com/sigil-m2m/sigil/binding/http/wire"
	"github.com/sigil-m2m/sigil/m2m"
)

// newSender returns the Sender for a point of access, and what releases it.
// The machine's roots are trusted for https.
func newSender(poa string) (m2m.Sender, func(), error) {
	u, err := url.Parse(poa)
	if err != nil {
		return nil, nil, fmt.Errorf("conformance: %w", err)
	}
	switch u.Scheme {
	case "http", "https":
		s := wire.NewSender(wire.SenderConfig{})
		return s, s.Close, nil
	}
	return nil, nil, fmt.Errorf("conformance: no binding for the scheme of %s", poa)
}

package conformance

import (
	"fmt"

	"github.com/sigil-m2m/sigil/m2m"
)

// newSender returns the Sender for a point of access, and what releases it.
func newSender(poa string) (m2m.Sender, func(), error) {
	return nil, nil, fmt.Errorf("conformance: no sender for %s", poa)
}

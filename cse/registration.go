package cse

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
)

// Registration says who may register and who may ask. Patterns are those of
// path.Match: '*' stands for any run of characters but '/'. An empty allow
// list allows all; a deny list counts after it.
type Registration struct {
	AllowAE, DenyAE   []string // AE-ID-Stems
	AllowApp, DenyApp []string // App-IDs
	AllowCSE, DenyCSE []string // SP-relative CSE-IDs
	// Anyone lets originators that are not registered here send requests;
	// policies still decide. The standard has them refused.
	Anyone bool
}

func (g *Registration) compile() error {
	for _, list := range [][]string{g.AllowAE, g.DenyAE, g.AllowApp, g.DenyApp, g.AllowCSE, g.DenyCSE} {
		for _, p := range list {
			if _, err := path.Match(p, ""); err != nil {
				return fmt.Errorf("%q is no pattern", p)
			}
		}
	}
	return nil
}

func allowed(id string, allow, deny []string) bool {
	matches := func(patterns []string) bool {
		for _, p := range patterns {
			if ok, _ := path.Match(p, id); ok { // compile has seen all patterns
				return true
			}
		}
		return false
	}
	return (len(allow) == 0 || matches(allow)) && !matches(deny)
}

// maxStem bounds an AE-ID-Stem, in bytes: it is part of many keys.
const maxStem = 255

// allocate decides the AE-ID-Stem of an AE that registers, from what it asks
// for in From: nothing, "C", "S", or a whole stem. An empty stem tells that
// the CSE makes one of the given letter. TS-0001 10.2.2.2, TS-0004 7.4.5.2.1.
func (c *CSE) allocate(r *request) (stem string, letter byte, err error) {
	const op = "cse.allocate"
	from := r.originator
	if strings.ContainsRune(from, '/') {
		return "", 0, m2m.Errorf(op, m2m.StatusBadRequest, "parameter fr: an AE registers with its AE-ID-Stem, C, S or nothing")
	}
	switch from {
	case "", "C":
		return "", 'C', nil
	case "S":
		return "", 'S', nil
	}
	if len(from) > maxStem {
		return "", 0, m2m.Errorf(op, m2m.StatusBadRequest, "parameter fr: an AE-ID-Stem is %d bytes long at most", maxStem)
	}
	if from[0] != 'C' && from[0] != 'S' {
		return "", 0, m2m.Errorf(op, m2m.StatusBadRequest, "parameter fr: an AE-ID-Stem begins with C or S")
	}
	if from == c.locality.Shorten(c.cfg.Admin) || c.isLocal(from) {
		return "", 0, m2m.Errorf(op, m2m.StatusOriginatorHasAlreadyRegistered, "parameter fr: this AE-ID is taken")
	}
	if !allowed(from, c.cfg.Registration.AllowAE, c.cfg.Registration.DenyAE) {
		return "", 0, m2m.Errorf(op, m2m.StatusAppRuleValidationFailed, "parameter fr: this AE-ID may not register here")
	}
	return from, 0, nil
}

// isLocal reports whether a stem is a name that stands for the CSE itself.
func (c *CSE) isLocal(stem string) bool { return stem == c.cfg.Name || "/"+stem == c.cfg.ID }

// checkAE judges what is specific to an <AE> that registers.
func (c *CSE) checkAE(r *request, o m2m.Object) error {
	const op = "cse.checkAE"
	app, _ := o.String("api")
	if !validAppID(app, r.ReleaseVersion) {
		return m2m.Errorf(op, m2m.StatusBadRequest, "attribute api: an App-ID begins with R (registered) or N (not registered)")
	}
	if !allowed(app, c.cfg.Registration.AllowApp, c.cfg.Registration.DenyApp) {
		return m2m.Errorf(op, m2m.StatusAppRuleValidationFailed, "attribute api: this App-ID may not register here")
	}
	if peer := r.Peer; peer.Authenticated() && r.originator != "" && r.originator != "C" && r.originator != "S" {
		for _, id := range peer.Entities {
			if c.locality.Shorten(id) == r.originator {
				return nil
			}
		}
		return m2m.Errorf(op, m2m.StatusOriginatorNotAuthenticated, "parameter fr: the association's credential stands for another originator")
	}
	return nil
}

// validAppID holds an App-ID to its form. 'r' is an older spelling of 'R'
// that releases from 4 on forbid. TS-0001 7.2, TS-0004 7.4.5.2.1.
func validAppID(app, release string) bool {
	if len(app) < 2 {
		return false
	}
	switch app[0] {
	case 'R', 'N':
		return true
	case 'r':
		return release != "4" && release != "5"
	}
	return false
}

// free refuses a stem that another resource has for its identifier already.
func free(rd store.Reader, stem string) error {
	if stem == "" {
		return nil
	}
	_, err := rd.ByRI(stem)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	return m2m.Errorf("cse.free", m2m.StatusOriginatorHasAlreadyRegistered, "parameter fr: an AE with this AE-ID is registered")
}

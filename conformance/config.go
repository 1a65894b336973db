package conformance

import (
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/sigil-m2m/sigil/m2m"
)

// A Config says which CSE is tested and how. Empty fields take the defaults
// that are named at them.
type Config struct {
	URL     string // point of access, as in "http://127.0.0.1:8080"; required
	CSEID   string // SP-relative CSE-ID, "/id-in"
	CSEName string // resource name of the CSEBase, "cse-in"
	SPID    string // M2M-SP-ID, "//sigil.example"
	Admin   string // originator with all privileges, "CAdmin"

	// AEPrefix begins the AE-ID-Stem that an AE asks for when it registers,
	// for a CSE that admits only some; "C".
	AEPrefix string
	// Release is the Release Version Indicator of every request that names
	// no other, "3".
	Release string
	// Only and Except are patterns of purpose identifiers with * for any run
	// of characters; a pattern without * matches anywhere in the identifier.
	// An empty Only runs all.
	Only   string
	Except []string
	// Parallel is how many purposes run at a time, 1.
	Parallel int
	// Timeout bounds each request, 10 s.
	Timeout time.Duration
	// Listen is the address at which notification targets listen, and Reach
	// the host that the CSE reaches them by; "127.0.0.1:0" and the listening
	// address.
	Listen, Reach string
	// Groups are the scenario files to run; nil means those that come with
	// the package.
	Groups []*Group
	// Sender delivers the requests; nil means the one that the scheme of URL
	// chooses.
	Sender m2m.Sender
}

// fill sets the defaults and checks what is required.
func (c *Config) fill() error {
	for field, value := range map[*string]string{
		&c.CSEID: "/id-in", &c.CSEName: "cse-in", &c.SPID: "//sigil.example", &c.Admin: "CAdmin",
		&c.AEPrefix: "C", &c.Release: "3", &c.Listen: "127.0.0.1:0",
	} {
		if *field == "" {
			*field = value
		}
	}
	if c.Parallel < 1 {
		c.Parallel = 1
	}
	if c.Timeout <= 0 {
		c.Timeout = 10 * time.Second
	}
	if c.URL == "" {
		return errors.New("conformance: no URL of a CSE")
	}
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" {
		return fmt.Errorf("conformance: %q is no point of access", c.URL)
	}
	if !strings.HasPrefix(c.CSEID, "/") || strings.HasPrefix(c.CSEID, "//") {
		return fmt.Errorf("conformance: CSE-ID %q does not begin with one slash", c.CSEID)
	}
	if !strings.HasPrefix(c.SPID, "//") {
		return fmt.Errorf("conformance: M2M-SP-ID %q does not begin with two slashes", c.SPID)
	}
	c.URL = strings.TrimSuffix(c.URL, "/")
	return nil
}

// selects reports whether the purpose with this identifier is to be run.
func (c *Config) selects(id string) bool {
	if c.Only != "" && !matchID(c.Only, id) {
		return false
	}
	for _, p := range c.Except {
		if matchID(p, id) {
			return false
		}
	}
	return true
}

// matchID reports whether the pattern matches the identifier.
func matchID(pattern, id string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return strings.Contains(id, pattern)
	}
	if !strings.HasPrefix(id, parts[0]) {
		return false
	}
	id = id[len(parts[0]):]
	last := parts[len(parts)-1]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(id, part)
		if i < 0 {
			return false
		}
		id = id[i+len(part):]
	}
	return strings.HasSuffix(id, last)
}

// token returns a few random letters and digits that begin the names of one
// run, so that it never meets what another left behind.
func token() string {
	var b [5]byte
	rand.Read(b[:])
	return strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
}

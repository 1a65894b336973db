package config

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/sigil-m2m/sigil/m2m"
)

// validate checks what no single key's tags can: identifiers, addresses, and
// keys that depend on each other. It also puts the SP-ID into its form with
// slashes. The error names the key.
func (c *Config) validate() error {
	c.SPID = "//" + strings.TrimPrefix(c.SPID, "//")
	cse, isCSE := strings.CutPrefix(c.CSEID, "/")
	switch {
	case !m2m.Unreserved(c.SPID[2:]):
		return fmt.Errorf("sp-id: %q is no M2M-SP-ID such as //sp.example", c.SPID)
	case !isCSE || !m2m.Unreserved(cse):
		return fmt.Errorf("cse-id: %q is no CSE-ID in SP-relative form such as /id-in", c.CSEID)
	case !m2m.ValidResourceName(c.CSEName):
		return fmt.Errorf("cse-name: %q cannot name a resource", c.CSEName)
	case c.Data == "":
		return fmt.Errorf("data: names no folder")
	case c.MQTT != "off":
		return fmt.Errorf("mqtt: %q: this version has no MQTT binding; the only value is off", c.MQTT)
	case len(c.Releases) == 0:
		return fmt.Errorf("releases: a CSE supports at least one release version")
	case (c.TLS.Cert == "") != (c.TLS.Key == ""):
		return fmt.Errorf("tls.cert and tls.key: one is of no use without the other")
	case c.TLS.ClientCA != "" && c.TLS.Cert == "":
		return fmt.Errorf("tls.client-ca: client certificates need TLS: set tls.cert and tls.key too")
	case c.Timers.DefaultExpiration > c.Timers.MaximumExpiration:
		return fmt.Errorf("timers.default-expiration: %s is longer than timers.maximum-expiration, %s",
			formatDuration(c.Timers.DefaultExpiration), formatDuration(c.Timers.MaximumExpiration))
	}
	if _, err := m2m.ParseEntity(c.Admin); err != nil {
		return fmt.Errorf("admin: %q is neither an AE-ID nor a CSE-ID", c.Admin)
	}
	if err := checkAddress(c.HTTP); err != nil {
		return fmt.Errorf("http: %w", err)
	}
	if c.Metrics != "off" {
		if err := checkAddress(c.Metrics); err != nil {
			return fmt.Errorf("metrics: %w", err)
		}
	}
	return nil
}

// checkAddress tells whether a can be listened at, by its form alone.
func checkAddress(a string) error {
	_, port, err := net.SplitHostPort(a)
	if err != nil {
		return fmt.Errorf("%q is no address of the form host:port", a)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%q: the port is no number from 0 to 65535", a)
	}
	return nil
}

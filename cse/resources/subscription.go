package resources

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/encoding"
	"github.com/sigil-m2m/sigil/m2m/schema"
	"github.com/sigil-m2m/sigil/store"
)

// Notification event types. TS-0004 6.3.4.2.19.
const (
	updateOfResource   = 1
	retrieveOfNoChild  = 5
	triggerReceived    = 6
	blockingUpdate     = 7
	missingDataReports = 8
)

// contentTypes has the values of notificationContentType that go with each
// event type, the default first. TS-0001 table 9.6.8-4, TS-0004 6.3.4.2.18.
var contentTypes = map[int][]int{
	updateOfResource:   {1, 2, 3},
	2:                  {1, 3},
	3:                  {1, 3},
	4:                  {1, 3},
	retrieveOfNoChild:  {1, 3},
	triggerReceived:    {4},
	blockingUpdate:     {2},
	missingDataReports: {5},
}

// withBlocking are the specific attributes of a subscription to blocking
// updates. TS-0004 7.4.8.2.1 names the first two. notificationContentType is
// one that every subscription has, and TS-0001 table 9.6.8-4 has one value for
// it here, so that whoever gives that value gives nothing away.
var withBlocking = []string{"enc", "nu", "nct"}

// notSpecific are the attributes of a <subscription> that it shares with
// other types. TS-0004 table 7.4.8.1-2; custodian is of release 4.
var notSpecific = []string{"ty", "ri", "rn", "pi", "acpi", "ct", "et", "lt", "lbl", "daci", "cr", "cstn", "st"}

// criteria is an eventNotificationCriteria as far as rules tie its members
// together.
type criteria struct {
	Events      []int             `json:"net"`
	Children    []int             `json:"chty"`
	MissingData json.RawMessage   `json:"md"`
	Operations  []json.RawMessage `json:"om"`
	members     m2m.Object
}

func parseCriteria(raw json.RawMessage) (c criteria, err error) {
	const op = "resources.subscription"
	if raw == nil {
		return c, nil
	}
	if err = json.Unmarshal(raw, &c); err == nil {
		c.members, err = encoding.ParseObject(raw, encoding.Limits{Bytes: len(raw), Depth: encoding.DefaultDepth})
	}
	if err != nil {
		return c, m2m.Wrap(op, m2m.StatusBadRequest, "attribute enc: is no eventNotificationCriteria", err)
	}
	return c, nil
}

// completeSubscription gives notificationContentType its default, and holds
// the attributes to what they rule out of each other. TS-0004 7.4.8.2.1,
// 7.4.8.2.3, TS-0001 9.6.8.
func completeSubscription(c *Change) error {
	enc, err := parseCriteria(c.Object.Get("enc"))
	if err != nil {
		return err
	}
	if !c.Object.Has("nct") {
		nct := 1
		if len(enc.Events) > 0 && contentTypes[enc.Events[0]] != nil {
			nct = contentTypes[enc.Events[0]][0]
		}
		c.Object.Set("nct", strconv.AppendInt(nil, int64(nct), 10))
	}
	for _, check := range []func(*Change, criteria) error{checkEvents, checkSubscribed, checkBlocking} {
		if err := check(c, enc); err != nil {
			return err
		}
	}
	return nil
}

func refuseSubscription(format string, args ...any) error {
	return m2m.Errorf("resources.subscription", m2m.StatusBadRequest, format, args...)
}

// checkEvents holds event types, the content type and the other criteria to
// each other.
func checkEvents(c *Change, enc criteria) error {
	nct, _ := strconv.Atoi(string(c.Object.Get("nct")))
	for _, event := range enc.Events {
		if allowed := contentTypes[event]; allowed != nil && !slices.Contains(allowed, nct) {
			return refuseSubscription("attribute nct: %d does not go with notificationEventType %d", nct, event)
		}
	}
	for _, alone := range []int{blockingUpdate, missingDataReports} {
		if slices.Contains(enc.Events, alone) && len(enc.Events) > 1 {
			return refuseSubscription("attribute enc.net: %d is not combined with another event type", alone)
		}
	}
	if slices.Contains(enc.Events, missingDataReports) && enc.MissingData == nil {
		return refuseSubscription("attribute enc.md: is needed for reports on missing data points")
	}
	if len(enc.Events) > 0 && len(enc.Operations) > 0 {
		return refuseSubscription("attribute enc: has either net or om")
	}
	return nil
}

// checkSubscribed holds the criteria to the type of the subscribed-to
// resource.
func checkSubscribed(c *Change, enc criteria) error {
	of := c.Parent.Number
	switch {
	case enc.MissingData != nil && of != m2m.TypeTimeSeries:
		return refuseSubscription("attribute enc.md: a %s has no missing data points", c.Parent.Name)
	case slices.Contains(enc.Events, retrieveOfNoChild) && of != m2m.TypeContainer,
		slices.Contains(enc.Events, triggerReceived) && of != m2m.TypeAE:
		return refuseSubscription("attribute enc.net: has an event that a %s does not know", c.Parent.Name)
	}
	for _, ty := range enc.Children {
		if !slices.ContainsFunc(c.Schema.Types(), func(t *schema.Type) bool {
			return t.Number == m2m.ResourceType(ty) && c.Parent.AllowsChild(t)
		}) {
			return refuseSubscription("attribute enc.chty: %d is no type of a child of %s", ty, c.Parent.Name)
		}
	}
	return nil
}

// checkBlocking holds a subscription to blocking updates to the little that
// it may have.
func checkBlocking(c *Change, enc criteria) error {
	if !slices.Contains(enc.Events, blockingUpdate) {
		return nil
	}
	if c.Given.Has("enc") {
		return refuseSubscription("attribute enc.net: no Update makes a subscription one to blocking updates")
	}
	for _, m := range *c.Object {
		if !slices.Contains(withBlocking, m.Name) && !slices.Contains(notSpecific, m.Name) {
			return refuseSubscription("attribute %s: does not go with a blocking update", m.Name)
		}
	}
	for _, m := range enc.members {
		if m.Name != "net" && m.Name != "atr" {
			return refuseSubscription("attribute enc.%s: does not go with a blocking update", m.Name)
		}
	}
	targets, _ := encoding.Strings(c.Object.Get("nu"))
	if len(targets) != 1 {
		return refuseSubscription("attribute nu: a blocking update has one notification target")
	}
	resource, _, _ := strings.Cut(targets[0], "?") // ?ct=json, TS-0001 table 9.6.8-2
	if _, err := m2m.ParseAddress(resource); err != nil {
		return refuseSubscription("attribute nu: the target of a blocking update is a resource identifier")
	}
	return nil
}

// Blocks reports whether a stored <subscription> is one to blocking updates.
func Blocks(sub *store.Resource) (bool, error) {
	o, err := encoding.ParseObject(append(append([]byte{'{'}, sub.Body...), '}'), encoding.Limits{Bytes: 1 << 30, Depth: 1000})
	if err != nil {
		return false, err
	}
	enc, err := parseCriteria(o.Get("enc"))
	return slices.Contains(enc.Events, blockingUpdate), err
}

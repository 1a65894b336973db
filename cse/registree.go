package cse

import (
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/encoding"
	"github.com/sigil-m2m/sigil/store"
)

// isCSE reports whether the request comes from a CSE. Recv-1.0 has believed
// that within a security association alone.
func (r *request) isCSE() bool {
	e, err := m2m.ParseEntity(r.originator)
	return err == nil && e.Stem == "" && e.CSE != ""
}

// overMcc refuses an AE what is between CSEs. TS-0004 7.4.11.2.1, 7.4.11.2.4.
func (r *request) overMcc(ty m2m.ResourceType) error {
	if ty == m2m.TypeDelivery && !r.admin && !r.isCSE() {
		return m2m.Errorf("cse.overMcc", m2m.StatusOperationNotAllowed, "parameter fr: a delivery is between CSEs")
	}
	return nil
}

// registrees refuses what the standard keeps for some registrees, whatever
// policies permit.
func (c *CSE) registrees(rd store.Reader, r *request, parent target) error {
	const op = "cse.registrees"
	if r.admin {
		return nil
	}
	switch r.ResourceType {
	case m2m.TypeRemoteCSE:
		// TS-0004 7.4.4.2.1: in the place of Recv-6.3.
		if !r.Peer.Authenticated() {
			return m2m.Errorf(op, m2m.StatusSecurityAssociationRequired, "parameter fr: a CSE registers within a security association")
		}
		if !r.isCSE() {
			return m2m.Errorf(op, m2m.StatusOperationNotAllowed, "parameter fr: an AE is registered as no CSE")
		}
	case m2m.TypePollingChannel:
		// TS-0004 7.4.21.2.1
		own, err := c.owns(rd, r, parent.ID)
		if err != nil {
			return err
		}
		if !own {
			return m2m.Errorf(op, m2m.StatusOriginatorHasNoPrivilege, "parameter fr: a polling channel is its AE's or CSE's own")
		}
	}
	return r.overMcc(r.ResourceType)
}

// owns reports whether a resource is the <AE> or <remoteCSE> of the
// originator.
func (c *CSE) owns(rd store.Reader, r *request, id store.ID) (bool, error) {
	res, err := c.load(rd, r, id)
	if err != nil {
		return false, err
	}
	switch res.Type {
	case m2m.TypeAE:
		return res.RI == r.originator, nil
	case m2m.TypeRemoteCSE:
		o, err := encoding.ParseObject(braced(res.Body), storedLimits)
		if err != nil {
			return false, err
		}
		csi, _ := o.String("csi")
		return csi != "" && c.locality.Shorten(csi) == r.originator, nil
	}
	return false, nil
}

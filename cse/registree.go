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
		if c.cfg.Type == m2m.ASNCSE {
			return m2m.Errorf(op, m2m.StatusOperationNotAllowed, "parameter to: an ASN-CSE is nobody's registrar")
		}
		if !allowed(r.originator, c.cfg.Registration.AllowCSE, c.cfg.Registration.DenyCSE) {
			return m2m.Errorf(op, m2m.StatusOriginatorHasNoPrivilege, "parameter fr: this CSE may not register here")
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

// checkUnregistered refuses a CSE that has a <remoteCSE> here already.
// TS-0004 7.4.4.2.1, Recv-6.4.
func (c *CSE) checkUnregistered(tx store.Tx, r *request, parent store.ID) error {
	for other, err := range tx.Children(parent, m2m.TypeRemoteCSE, 0, 0) {
		if err != nil {
			return err
		}
		own, err := c.represents(other, r.originator)
		if err != nil {
			return err
		}
		if own && !expired(other, r.now) {
			return m2m.Errorf("cse.checkUnregistered", m2m.StatusOriginatorHasAlreadyRegistered, "parameter fr: this CSE is registered")
		}
	}
	return nil
}

// owns reports whether a resource is the <AE> or <remoteCSE> of the
// originator.
func (c *CSE) owns(rd store.Reader, r *request, id store.ID) (bool, error) {
	res, err := c.load(rd, r, id)
	if err != nil {
		return false, err
	}
	return c.represents(res, r.originator)
}

// represents reports whether a resource is the <AE> or <remoteCSE> of an
// originator.
func (c *CSE) represents(res *store.Resource, originator string) (bool, error) {
	switch res.Type {
	case m2m.TypeAE:
		return res.RI == originator, nil
	case m2m.TypeRemoteCSE:
		o, err := encoding.ParseObject(braced(res.Body), storedLimits)
		if err != nil {
			return false, err
		}
		csi, _ := o.String("csi")
		return csi != "" && c.locality.Shorten(csi) == originator, nil
	}
	return false, nil
}

// Package resources is what resource types do beyond storage and validation:
// the few behaviours that the standard gives a type of its own, hung on the
// schema's rows by their number.
//
// A type without a row here is a page of data in m2m/schema and nothing else.
// The pipeline of package cse calls a hook where its stage comes; hooks look
// at what they are given and never at a store.
package resources

import (
	"time"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/schema"
)

// A Context is what hooks may know of the CSE that calls them.
type Context struct {
	Schema   *schema.Schema
	Locality m2m.Locality
}

// A Change is a resource that is created or updated, after the attribute
// table has found each attribute legal by itself.
type Change struct {
	*Context
	Type   *schema.Type
	Parent *schema.Type // the parent's; in an Update those of <subscription> and <schedule> alone
	Object *m2m.Object  // all attributes as they will be; a hook may complete them
	Old    m2m.Object   // as they were; nil on Create
	Given  m2m.Object   // as the Update request gave them; nil on Create
	Now    time.Time
}

// Hooks are the behaviours of one type. Errors are *m2m.Error.
type Hooks struct {
	// Complete judges attributes together, and sets those that the Hosting
	// CSE sets.
	Complete func(*Change) error
	// Size returns contentSize in bytes.
	Size func(*schema.Type, m2m.Object) (int64, error)
	// Judge says whether a resource with these limits takes a new child of
	// that type and contentSize (-1 if it has none).
	Judge func(*Hold, *schema.Type, int64) error
}

var none = new(Hooks)

var hooks = map[m2m.ResourceType]*Hooks{
	m2m.TypeAccessControlPolicy:       {Complete: completePolicy},
	m2m.TypeCrossResourceSubscription: {Complete: completeCrossResourceSubscription},
	m2m.TypeContainer:                 {Judge: judgeInstance},
	m2m.TypeContentInstance:           {Complete: completeContentInstance, Size: contentSize},
	m2m.TypeFlexContainer:             {Size: customSize},
	m2m.TypeGroup:                     {Complete: completeGroup},
	m2m.TypeSchedule:                  {Complete: completeSchedule},
	m2m.TypeSubscription:              {Complete: completeSubscription},
	m2m.TypeTimeSeries:                {Complete: completeTimeSeries, Judge: judgeInstance},
	m2m.TypeTimeSeriesInstance:        {Size: contentSize},
}

// Of returns the hooks of a type; never nil.
func Of(t *schema.Type) *Hooks {
	if h := hooks[t.Number]; h != nil {
		return h
	}
	return none
}

// Package node is the wiring of a running CSE: it opens the store, loads the
// resource types, builds the CSE upon both, puts the bindings in front of it
// and metrics and a control socket beside it, and takes everything down again
// in the opposite order.
//
// It is the one package that sees all others. cmd/cse is flags over it; tests
// that want a real CSE take one from here, with port 0 and a folder of their
// own. What happens to a request on its way:
//
//	binding/http -> metrics -> cse -> store
package node

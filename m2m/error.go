package m2m

import (
	"errors"
	"fmt"
)

// An Error is a failed operation. Every failure that reaches a binding is one.
//
// Status and Detail go to the peer (rsc and dbg); Op and Err go to the log
// alone, for they may name what the peer must not learn.
type Error struct {
	Op     string     // the step that failed, as in "cse.create"
	Status StatusCode // what the standard calls it
	Detail string     // one sentence for the peer that names the parameter at fault
	Err    error      // the cause; may be nil
}

// Errorf returns an Error whose Detail is formatted for the peer.
func Errorf(op string, status StatusCode, format string, args ...any) *Error {
	return &Error{Op: op, Status: status, Detail: fmt.Sprintf(format, args...)}
}

// Wrap returns an Error with a cause that stays in the log. The peer sees
// detail alone.
func Wrap(op string, status StatusCode, detail string, cause error) *Error {
	return &Error{Op: op, Status: status, Detail: detail, Err: cause}
}

// Error returns the whole story, for the log: operation, status, detail and
// cause.
func (e *Error) Error() string {
	s := e.Status.String()
	if e.Op != "" {
		s = e.Op + ": " + s
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// StatusOf returns the status that a peer is told about err: that of the
// outermost Error in its chain, or 5000 for an error that is none.
func StatusOf(err error) StatusCode {
	if err == nil {
		return StatusOK
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Status
	}
	return StatusInternalServerError
}

// DetailOf returns the text that a peer is told about err; empty for an error
// that is no Error, since nobody chose its words for a stranger's eyes.
func DetailOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Detail
	}
	return ""
}

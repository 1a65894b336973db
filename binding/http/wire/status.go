package wire

import "github.com/sigil-m2m/sigil/m2m"

// statusOfHTTP derives a response status code from an HTTP status code, for
// answers of servers that give none. It is no reverse of TS-0009 table
// 6.3.2-1, which maps many codes to one: it takes the plainest.
func statusOfHTTP(code int) m2m.StatusCode {
	switch code {
	case 201:
		return m2m.StatusCreated
	case 202:
		return m2m.StatusAccepted
	case 401, 403, 407:
		return m2m.StatusOriginatorHasNoPrivilege
	case 404, 410:
		return m2m.StatusNotFound
	case 405:
		return m2m.StatusOperationNotAllowed
	case 406:
		return m2m.StatusNotAcceptable
	case 408, 504:
		return m2m.StatusRequestTimeout
	case 409:
		return m2m.StatusConflict
	case 415:
		return m2m.StatusUnsupportedMediaType
	case 501:
		return m2m.StatusNotImplemented
	case 502, 503:
		return m2m.StatusTargetNotReachable
	}
	switch {
	case code >= 200 && code < 300:
		return m2m.StatusOK
	case code >= 300 && code < 400:
		// Nobody is followed elsewhere: who redirects is not the target.
		return m2m.StatusTargetNotReachable
	case code >= 400 && code < 500:
		return m2m.StatusBadRequest
	}
	return m2m.StatusInternalServerError
}

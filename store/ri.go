package store

// A generated resourceID is a prefix of letters, a hyphen and the resource's
// ID, mixed so that neighbours do not look alike and a reader learns nothing of
// rates, in thirteen digits of base32hex in lower case. The mix is fixed and no
// secret: it hides nothing from someone who looks for it.
const (
	riDigits = "0123456789abcdefghijklmnopqrstuv" // RFC 4648 7, lower case
	riLength = 13                                 // digits that hold 64 bits
)

// riValue is the value of each digit, and 0xff for what is none.
var riValue = func() (values [256]byte) {
	for i := range values {
		values[i] = 0xff
	}
	for i, c := range []byte(riDigits) {
		values[c] = byte(i)
	}
	return values
}()

// FormatRI returns the resourceID that a CSE gives the resource with that ID:
// unreserved characters only (TS-0001 7.2), unique in the store as the ID is,
// and found by it without an index. prefix tells the kind of resource to people
// and consists of at least one ASCII letter and nothing else.
func FormatRI(prefix string, id ID) string {
	var digits [riLength]byte
	v := mix(uint64(id))
	for i := riLength - 1; i >= 0; i-- {
		digits[i] = riDigits[v&31]
		v >>= 5
	}
	return prefix + "-" + string(digits[:])
}

// ParseRI returns the ID that ri was made of by FormatRI, and whether it could
// have been: there is exactly one text for a prefix and an ID. A text that
// parses need not name a resource; only a resource whose RI equals it tells.
func ParseRI(ri string) (ID, bool) {
	hyphen := len(ri) - riLength - 1
	if hyphen < 1 || ri[hyphen] != '-' {
		return 0, false
	}
	for i := range hyphen {
		if c := ri[i] | 0x20; c < 'a' || c > 'z' {
			return 0, false
		}
	}
	var v uint64
	if riValue[ri[hyphen+1]] > 15 { // the first digit has four bits
		return 0, false
	}
	for i := hyphen + 1; i < len(ri); i++ {
		d := riValue[ri[i]]
		if d > 31 {
			return 0, false
		}
		v = v<<5 | uint64(d)
	}
	id := ID(unmix(v))
	return id, id != 0
}

// mix and unmix are a bijection on 64 bits and its inverse: a xor-shift by more
// than half of the width undoes itself, and a product with an odd number is
// undone by the number's inverse modulo 2^64.
const (
	mixFactor   = 0x9e3779b97f4a7c15
	unmixFactor = 0xf1de83e19937733d
)

func mix(v uint64) uint64 {
	v ^= v >> 32
	v *= mixFactor
	return v ^ v>>32
}

func unmix(v uint64) uint64 {
	v ^= v >> 32
	v *= unmixFactor
	return v ^ v>>32
}

package bolt

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
)

// A table is one bucket of the file.
type table int

// The tables, their keys and values. Numbers are big-endian, so that the order
// of bytes is the order of numbers; ids are 8 bytes; text is a textKey.
const (
	tableMeta     table = iota // see format.go
	tableResource              // id → record; id, 1 → counters, where they differ from a fresh resource's
	tableChild                 // parent id, type (4 bytes), id →
	tableName                  // parent id, text → id, where the name does not tell the id
	tableRI                    // text → id, where the RI does not tell the id
	tableType                  // type (4 bytes), id →
	tableLabel                 // text, id →
	tableCreator               // text, id →
	tableExpiry                // time (8 bytes), id →
	tableModified              // time (8 bytes), id →
	tableSize                  // size class (1 byte), id →
	tableRemoved               // id of a removed root whose descendants are still to be freed →
	tableReserved              // id that is not given out since a text tells it, id of the text's bearer →
	tables
)

var tableNames = [tables][]byte{
	[]byte("meta"), []byte("resource"), []byte("child"), []byte("name"),
	[]byte("ri"), []byte("type"), []byte("label"),
	[]byte("creator"), []byte("expiry"), []byte("modified"), []byte("size"), []byte("removed"), []byte("reserved"),
}

// fillPercent is how full a page is left when it splits: nearly full where keys
// come in ascending order, half where they come in any.
var fillPercent = [tables]float64{
	0.5, 0.95, 0.95, 0.5, 0.5, 0.95, 0.5,
	0.5, 0.9, 0.95, 0.95, 0.9, 0.9,
}

// appendID appends an id, or any number of 8 bytes.
func appendID(b []byte, id store.ID) []byte { return binary.BigEndian.AppendUint64(b, uint64(id)) }

// appendCountersKey appends the key of a resource's counters, which follow its
// record so that one search finds both.
func appendCountersKey(b []byte, id store.ID) []byte { return append(appendID(b, id), 1) }

// lastID returns the id that a key of an index ends with. Every key of these
// tables was made of one; a shorter one is damage, and 0 is no resource.
func lastID(key []byte) store.ID {
	if len(key) < 8 {
		return 0
	}
	return store.ID(binary.BigEndian.Uint64(key[len(key)-8:]))
}

// firstID returns the id that a key begins with.
func firstID(key []byte) store.ID {
	if len(key) < 8 {
		return 0
	}
	return store.ID(binary.BigEndian.Uint64(key))
}

// maxText is the longest text that is kept in a key as it is.
const maxText = 254

// appendText appends a text such that no text's key is the beginning of
// another's. A long one is represented by its digest.
func appendText(b []byte, text string) []byte {
	if len(text) > maxText {
		sum := sha256.Sum256([]byte(text))
		return append(append(b, maxText+1), sum[:]...)
	}
	return append(append(b, byte(len(text))), text...)
}

// appendDistinct appends the key of r.Distinct. It stands among the names, where
// a text without any length is nobody's name.
func appendDistinct(b []byte, r *store.Resource) []byte {
	return append(append(appendID(b, r.Parent), 0), r.Distinct...)
}

// appendTime appends a time in µs such that earlier ones sort first, those
// before 1970 included.
func appendTime(b []byte, µs int64) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(µs)^1<<63)
}

// timeOf is the inverse of appendTime.
func timeOf(key []byte) int64 {
	if len(key) < 8 {
		return 0
	}
	return int64(binary.BigEndian.Uint64(key) ^ 1<<63)
}

func appendType(b []byte, ty m2m.ResourceType) []byte {
	return binary.BigEndian.AppendUint32(b, uint32(ty))
}

// sizeClass is the number of bits of a size: a class spans a factor of two, so
// that there are few places at which the index grows.
func sizeClass(size int64) byte { return byte(bits.Len64(uint64(max(size, 0)))) }

// tells reports whether text tells the id of the resource that bears it, so
// that finding it by that text needs no entry.
func tells(text string, id store.ID) bool {
	told, ok := store.ParseRI(text)
	return ok && told == id
}

// entries calls put for each entry that r has in tables other than resource.
// key is valid during the call only; with id, the value is r's ID, else it is
// empty. One function says it for creation, update, removal and the integrity
// check alike.
func entries(r *store.Resource, put func(t table, key []byte, id bool)) {
	var scratch [320]byte
	b := scratch[:0]
	put(tableChild, appendID(appendType(appendID(b, r.Parent), r.Type), r.ID), false)
	if !tells(r.Name, r.ID) {
		put(tableName, appendText(appendID(b, r.Parent), r.Name), true)
	}
	if r.Distinct != "" {
		put(tableName, appendDistinct(b, r), true)
	}
	if !tells(r.RI, r.ID) {
		put(tableRI, appendText(b, r.RI), true)
	}
	// A text that tells another, later resource keeps its ID from being given
	// out, so that a generated text is free whenever its turn comes.
	byName, _ := store.ParseRI(r.Name)
	if byName > r.ID {
		put(tableReserved, appendID(appendID(b, byName), r.ID), false)
	}
	if byRI, _ := store.ParseRI(r.RI); byRI > r.ID && byRI != byName {
		put(tableReserved, appendID(appendID(b, byRI), r.ID), false)
	}
	put(tableType, appendID(appendType(b, r.Type), r.ID), false)
	if r.Expires != 0 {
		put(tableExpiry, appendID(appendTime(b, r.Expires), r.ID), false)
	}
	put(tableModified, appendID(appendTime(b, r.Modified), r.ID), false)
	if r.Size >= 0 {
		put(tableSize, appendID(append(b, sizeClass(r.Size)), r.ID), false)
	}
	if r.IndexCreator != "" {
		put(tableCreator, appendID(appendText(b, r.IndexCreator), r.ID), false)
	}
	labels := r.Labels
	if len(labels) > 1 { // a label that is there twice has one entry
		labels = slices.Clone(labels)
		slices.Sort(labels)
		labels = slices.Compact(labels)
	}
	for _, label := range labels {
		put(tableLabel, appendID(appendText(b, label), r.ID), false)
	}
}

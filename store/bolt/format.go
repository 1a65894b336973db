package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"

	bbolt "go.etcd.io/bbolt"
)

// FormatVersion is the version of the file's layout that this package writes
// and the newest that it reads.
const FormatVersion = 1

// What the meta table holds.
var (
	keyFormat = []byte("format") // magic and version, a byte each of 4
	keyCount  = []byte("count")  // resources, removed ones included, 8 bytes

	magic = []byte("sigil store\x00")
)

// errDamaged is the cause of errors of a file whose tables contradict each
// other.
var errDamaged = errors.New("store/bolt: damaged file")

// initialise makes the tables of an empty file.
func initialise(tx *bbolt.Tx) error {
	for _, name := range tableNames {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	meta := tx.Bucket(tableNames[tableMeta])
	if err := meta.Put(keyCount, make([]byte, 8)); err != nil {
		return err
	}
	return meta.Put(keyFormat, binary.BigEndian.AppendUint32(magic[:len(magic):len(magic)], FormatVersion))
}

// isEmpty reports whether the file has no table at all: it is new, or the
// process that began it ended before it made them.
func isEmpty(tx *bbolt.Tx) bool {
	k, _ := tx.Cursor().First()
	return k == nil
}

// checkFormat refuses a file of another program or of a later version.
func checkFormat(tx *bbolt.Tx) error {
	meta := tx.Bucket(tableNames[tableMeta])
	if meta == nil {
		return errors.New("it is not a file of this program")
	}
	format := meta.Get(keyFormat)
	if len(format) != len(magic)+4 || string(format[:len(magic)]) != string(magic) {
		return errors.New("it is not a file of this program")
	}
	version := binary.BigEndian.Uint32(format[len(magic):])
	if version > FormatVersion || version == 0 {
		return fmt.Errorf("its format has version %d, and this program knows versions up to %d", version, FormatVersion)
	}
	for _, name := range tableNames {
		if tx.Bucket(name) == nil {
			return fmt.Errorf("%w: table %q is missing", errDamaged, name)
		}
	}
	return nil
}

// readCount returns the number of resources.
func readCount(meta *bbolt.Bucket) (int64, error) {
	v := meta.Get(keyCount)
	if len(v) != 8 {
		return 0, fmt.Errorf("%w: no count", errDamaged)
	}
	return int64(binary.BigEndian.Uint64(v)), nil
}

package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
)

// A record is a resource as the file holds it:
//
//	checksum   4 bytes, CRC-32C of all that follows, big-endian
//	version    1 byte, recordVersion
//	flags      1 byte
//	ancestors  uvarint count, then as many uvarints, root first
//	type, created, modified−created, expires, revision, stateTag, size
//	           uvarint, varint, varint, varint, uvarint, varint, varint;
//	           expires is relative to created and absent without flagExpires
//	policies   with flagPolicies: uvarint count, then as many uvarints
//	grantees   with flagGrantees: uvarint count, then as many uvarints
//	lengths    uvarint number of labels, then the lengths of RI, name (absent
//	           with flagNameIsRI), creator, index creator (absent with
//	           flagSameCreator), specialization, distinct (only with
//	           flagDistinct) and each label
//	text       these texts, one after the other
//	body       the rest
//
// The texts stand together so that reading makes one string of them.
const (
	recordVersion = 1

	flagCounted     = 1 << 0
	flagGenerated   = 1 << 1
	flagNameIsRI    = 1 << 2
	flagSameCreator = 1 << 3
	flagExpires     = 1 << 4
	flagPolicies    = 1 << 5
	flagGrantees    = 1 << 6
	flagDistinct    = 1 << 7
)

// errRecord is the cause of every error of a record that does not decode.
var errRecord = errors.New("store/bolt: damaged record")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendRecord appends the record of r.
func appendRecord(b []byte, r *store.Resource) []byte {
	start := len(b)
	var flags byte
	set := func(on bool, flag byte) {
		if on {
			flags |= flag
		}
	}
	set(r.Counted, flagCounted)
	set(r.Generated, flagGenerated)
	set(r.Name == r.RI, flagNameIsRI)
	set(r.IndexCreator == r.Creator, flagSameCreator)
	set(r.Expires != 0, flagExpires)
	set(len(r.Policies) > 0, flagPolicies)
	set(len(r.Grantees) > 0, flagGrantees)
	set(r.Distinct != "", flagDistinct)
	b = append(b, 0, 0, 0, 0, recordVersion, flags)
	b = appendIDs(b, r.Ancestors)
	b = binary.AppendUvarint(b, uint64(r.Type))
	b = binary.AppendVarint(b, r.Created)
	b = binary.AppendVarint(b, r.Modified-r.Created)
	if r.Expires != 0 {
		b = binary.AppendVarint(b, r.Expires-r.Created)
	}
	b = binary.AppendUvarint(b, r.Revision)
	b = binary.AppendVarint(b, r.Counters.StateTag)
	b = binary.AppendVarint(b, r.Size)
	if len(r.Policies) > 0 {
		b = appendIDs(b, r.Policies)
	}
	if len(r.Grantees) > 0 {
		b = appendIDs(b, r.Grantees)
	}
	b = binary.AppendUvarint(b, uint64(len(r.Labels)))
	b = binary.AppendUvarint(b, uint64(len(r.RI)))
	if flags&flagNameIsRI == 0 {
		b = binary.AppendUvarint(b, uint64(len(r.Name)))
	}
	b = binary.AppendUvarint(b, uint64(len(r.Creator)))
	if flags&flagSameCreator == 0 {
		b = binary.AppendUvarint(b, uint64(len(r.IndexCreator)))
	}
	b = binary.AppendUvarint(b, uint64(len(r.Specialization)))
	if r.Distinct != "" {
		b = binary.AppendUvarint(b, uint64(len(r.Distinct)))
	}
	for _, label := range r.Labels {
		b = binary.AppendUvarint(b, uint64(len(label)))
	}
	b = append(b, r.RI...)
	if flags&flagNameIsRI == 0 {
		b = append(b, r.Name...)
	}
	b = append(b, r.Creator...)
	if flags&flagSameCreator == 0 {
		b = append(b, r.IndexCreator...)
	}
	b = append(b, r.Specialization...)
	b = append(b, r.Distinct...)
	for _, label := range r.Labels {
		b = append(b, label...)
	}
	b = append(b, r.Body...)
	binary.BigEndian.PutUint32(b[start:], crc32.Checksum(b[start+4:], castagnoli))
	return b
}

func appendIDs(b []byte, ids []store.ID) []byte {
	b = binary.AppendUvarint(b, uint64(len(ids)))
	for _, id := range ids {
		b = binary.AppendUvarint(b, uint64(id))
	}
	return b
}

// A cursor reads the numbers of a record. The first that is missing or
// malformed makes all later ones zero and is reported once, at the end.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) uvarint() uint64 {
	v, n := binary.Uvarint(c.b)
	if n <= 0 {
		c.bad, c.b = true, nil
		return 0
	}
	c.b = c.b[n:]
	return v
}

func (c *cursor) varint() int64 {
	v, n := binary.Varint(c.b)
	if n <= 0 {
		c.bad, c.b = true, nil
		return 0
	}
	c.b = c.b[n:]
	return v
}

// length reads a number of things that take at least a byte each in what is
// left of the record, so that a damaged one can't ask for more memory.
func (c *cursor) length() int {
	v := c.uvarint()
	if v > uint64(len(c.b)) {
		c.bad, c.b = true, nil
		return 0
	}
	return int(v)
}

// ids reads what appendIDs wrote.
func (c *cursor) ids() []store.ID {
	list := make([]store.ID, c.length())
	for i := range list {
		list[i] = store.ID(c.uvarint())
	}
	return list
}

// open checks version and checksum and returns what follows the version.
func open(raw []byte) ([]byte, error) {
	if len(raw) < 6 {
		return nil, fmt.Errorf("%w: %d bytes", errRecord, len(raw))
	}
	if crc32.Checksum(raw[4:], castagnoli) != binary.BigEndian.Uint32(raw) {
		return nil, fmt.Errorf("%w: checksum", errRecord)
	}
	if raw[4] != recordVersion {
		return nil, fmt.Errorf("%w: version %d", errRecord, raw[4])
	}
	return raw[5:], nil
}

// ancestors returns the ancestors of a record, appended to list, without
// decoding the rest.
func ancestors(list []store.ID, raw []byte) ([]store.ID, error) {
	b, err := open(raw)
	if err != nil {
		return nil, err
	}
	c := cursor{b: b[1:]}
	for range c.length() {
		list = append(list, store.ID(c.uvarint()))
	}
	if c.bad {
		return nil, fmt.Errorf("%w: ancestors", errRecord)
	}
	return list, nil
}

// decode returns the resource of a record, which shares no memory with it;
// without its body if only the head is wanted.
func decode(id store.ID, raw []byte, head bool) (*store.Resource, error) {
	b, err := open(raw)
	if err != nil {
		return nil, err
	}
	r, body, err := decodeHead(id, b)
	if err == nil && !head && len(body) > 0 {
		r.Body = append(make([]byte, 0, len(body)), body...)
	}
	return r, err
}

// numbers reads what stands between ancestors and lengths.
func (c *cursor) numbers(flags byte, r *store.Resource) {
	ty := c.uvarint()
	if ty > math.MaxInt32 {
		c.bad = true
	}
	r.Type = m2m.ResourceType(ty)
	r.Created = c.varint()
	r.Modified = r.Created + c.varint()
	if flags&flagExpires != 0 {
		r.Expires = r.Created + c.varint()
	}
	r.Revision = c.uvarint()
	r.Counters.StateTag = c.varint()
	r.Size = c.varint()
}

// decodeStat returns the numbers of a record. Its counters are those at the
// start.
func decodeStat(raw []byte) (store.Stat, error) {
	b, err := open(raw)
	if err != nil {
		return store.Stat{}, err
	}
	c := cursor{b: b[1:]}
	for range c.length() {
		c.uvarint()
	}
	var r store.Resource
	c.numbers(b[0], &r)
	if c.bad {
		return store.Stat{}, fmt.Errorf("%w: header", errRecord)
	}
	return store.Stat{Revision: r.Revision, Expires: r.Expires, Counters: r.Counters}, nil
}

// decodeHead decodes what follows a record's version and returns the body
// beside it.
func decodeHead(id store.ID, b []byte) (*store.Resource, []byte, error) {
	// A resource and its ancestors come from one allocation.
	s := new(struct {
		store.Resource
		ancestors [6]store.ID
	})
	r := &s.Resource
	if len(b) == 0 {
		return nil, nil, fmt.Errorf("%w: flags", errRecord)
	}
	flags := b[0]
	c := cursor{b: b[1:]}
	r.ID = id
	r.Counted = flags&flagCounted != 0
	r.Generated = flags&flagGenerated != 0
	n := c.length()
	switch {
	case n > len(s.ancestors):
		r.Ancestors = make([]store.ID, 0, n)
	case n > 0:
		r.Ancestors = s.ancestors[:0:n]
	}
	for range n {
		r.Parent = store.ID(c.uvarint())
		r.Ancestors = append(r.Ancestors, r.Parent)
	}
	c.numbers(flags, r)
	if flags&flagPolicies != 0 {
		r.Policies = c.ids()
	}
	if flags&flagGrantees != 0 {
		r.Grantees = c.ids()
	}
	labels := c.length()
	ri := c.length()
	name, indexCreator := 0, 0
	if flags&flagNameIsRI == 0 {
		name = c.length()
	}
	creator := c.length()
	if flags&flagSameCreator == 0 {
		indexCreator = c.length()
	}
	specialization := c.length()
	distinct := 0
	if flags&flagDistinct != 0 {
		distinct = c.length()
	}
	// Each length is at most that of the record, so that the sum can't
	// overflow before it is compared.
	total := ri + name + creator + indexCreator + specialization + distinct
	lengths := c
	for range labels {
		total += c.length()
		if total > len(b) {
			c.bad = true
			break
		}
	}
	if c.bad || total > len(c.b) {
		return nil, nil, fmt.Errorf("%w: header", errRecord)
	}
	text := string(c.b[:total])
	cut := func(n int) string {
		s := text[:n]
		text = text[n:]
		return s
	}
	r.RI = cut(ri)
	r.Name = r.RI
	if flags&flagNameIsRI == 0 {
		r.Name = cut(name)
	}
	r.Creator = cut(creator)
	r.IndexCreator = r.Creator
	if flags&flagSameCreator == 0 {
		r.IndexCreator = cut(indexCreator)
	}
	r.Specialization = cut(specialization)
	r.Distinct = cut(distinct)
	if labels > 0 {
		r.Labels = make([]string, labels)
		for i := range r.Labels {
			r.Labels[i] = cut(int(lengths.uvarint()))
		}
	}
	return r, c.b[total:], nil
}

// counters are stored as four numbers of 8 bytes.
const countersSize = 32

func appendCounters(b []byte, c store.Counters) []byte {
	for _, v := range [...]int64{c.StateTag, c.Children, c.Bytes, c.LatestExpiry} {
		b = binary.BigEndian.AppendUint64(b, uint64(v))
	}
	return b
}

func decodeCounters(raw []byte) (c store.Counters, err error) {
	if len(raw) != countersSize {
		return c, fmt.Errorf("%w: counters of %d bytes", errRecord, len(raw))
	}
	for i, p := range [...]*int64{&c.StateTag, &c.Children, &c.Bytes, &c.LatestExpiry} {
		*p = int64(binary.BigEndian.Uint64(raw[8*i:]))
	}
	return c, nil
}

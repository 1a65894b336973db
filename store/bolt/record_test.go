package bolt

import (
	"errors"
	"hash/crc32"
	"math"
	"strings"
	"testing"

	"encoding/binary"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
	"pgregory.net/rapid"
)

var sample = store.Resource{
	ID: 9, Parent: 7, Ancestors: []store.ID{1, 300, 7}, Type: m2m.TypeFlexContainer,
	RI: "fcnt-1", Name: "lamp", Specialization: "org.example.lamp", Creator: "CAE1", IndexCreator: "CAE2",
	Created: 1_700_000_000_000_000, Modified: 1_700_000_000_000_009, Expires: 1_800_000_000_000_000,
	Revision: 3, Counters: store.Counters{StateTag: 5}, Counted: true, Size: 1 << 40,
	Distinct: "17", Labels: []string{"a", "", "b"}, Policies: []store.ID{4, 0, 1 << 40}, Grantees: []store.ID{5}, Body: []byte(`"cnd":"x"`),
}

func TestARecordReturnsWhatItWasMadeOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		any64 := rapid.Int64()
		text := rapid.OneOf(rapid.Just(""), rapid.Just("same"), rapid.String())
		want := &store.Resource{
			ID: 4, Type: m2m.ResourceType(rapid.Int32Range(0, math.MaxInt32).Draw(t, "type")),
			RI: text.Draw(t, "ri"), Name: text.Draw(t, "name"), Specialization: text.Draw(t, "specialization"),
			Creator: text.Draw(t, "creator"), IndexCreator: text.Draw(t, "index creator"),
			Created: any64.Draw(t, "created"), Modified: any64.Draw(t, "modified"), Expires: any64.Draw(t, "expires"),
			Revision: rapid.Uint64().Draw(t, "revision"), Counters: store.Counters{StateTag: any64.Draw(t, "stateTag")},
			Counted: rapid.Bool().Draw(t, "counted"), Generated: rapid.Bool().Draw(t, "generated"), Size: any64.Draw(t, "size"),
			Labels: rapid.SliceOfN(text, 0, 20).Draw(t, "labels"), Body: rapid.SliceOf(rapid.Byte()).Draw(t, "body"),
		}
		for _, id := range rapid.SliceOfN(rapid.Uint64(), 0, 12).Draw(t, "ancestors") {
			want.Ancestors, want.Parent = append(want.Ancestors, store.ID(id)), store.ID(id)
		}
		for _, list := range []*[]store.ID{&want.Policies, &want.Grantees} {
			for _, id := range rapid.SliceOfN(rapid.Uint64(), 0, 12).Draw(t, "identifiers") {
				*list = append(*list, store.ID(id))
			}
		}
		raw := newRecord(want)
		got, err := decode(4, raw, false)
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Fatalf("%v -want +got\n%s", err, diff)
		}
		stat, err := decodeStat(raw)
		if err != nil || stat.Revision != want.Revision || stat.Expires != want.Expires || stat.Counters != want.Counters {
			t.Fatalf("stat %+v, %v", stat, err)
		}
		clear(raw) // a decoded resource shares no memory with the file
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("-want +got\n%s", diff)
		}
	})
}

func TestADamagedRecordIsAnError(t *testing.T) {
	raw := newRecord(&sample)
	for bit := range len(raw) * 8 {
		damaged := append([]byte(nil), raw...)
		damaged[bit/8] ^= 1 << (bit % 8)
		if _, err := decode(9, damaged, false); !errors.Is(err, errRecord) {
			t.Fatalf("bit %d: %v", bit, err)
		}
	}
	for n := range raw {
		if _, err := decode(9, raw[:n], false); !errors.Is(err, errRecord) {
			t.Fatalf("first %d bytes: %v", n, err)
		}
	}
	later := append([]byte(nil), raw...)
	later[4] = recordVersion + 1
	binary.BigEndian.PutUint32(later, crc32.Checksum(later[4:], castagnoli))
	if _, err := decode(9, later, false); err == nil || !strings.Contains(err.Error(), "version 2") {
		t.Errorf("a later version: %v", err)
	}
}

func TestARecordIsReadWithFewAllocations(t *testing.T) {
	r := sample
	r.Labels, r.Policies, r.Grantees = nil, nil, nil
	raw := newRecord(&r)
	// The resource with its ancestors, its texts, its body.
	if n := testing.AllocsPerRun(100, func() { decode(9, raw, false) }); n > 3 {
		t.Errorf("%v allocations", n)
	}
	if n := testing.AllocsPerRun(100, func() { decodeStat(raw) }); n > 0 {
		t.Errorf("%v allocations for a Stat", n)
	}
}

func FuzzDecodeRecord(f *testing.F) {
	f.Add(newRecord(&sample)[5:])
	f.Add(newRecord(&store.Resource{ID: 1, RI: "id", Name: "id", Size: -1})[5:])
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, body, err := decodeHead(1, b)
		if err != nil {
			if !errors.Is(err, errRecord) {
				t.Fatalf("error %v", err)
			}
			return
		}
		r.Body = body
		again, err := decode(1, newRecord(r), false)
		if diff := cmp.Diff(r, again, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Fatalf("%v -first +again\n%s", err, diff)
		}
	})
}

package cse

import (
	"cmp"
	"errors"
	"iter"
	"slices"
	"strings"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
)

// A search finds the resources under root that meet a filter and that the
// originator may have in its result, in an order that does not depend on how
// they were found, so that offset and limit page through it.
//
// A filter that names labels, or one creator, and joins its conditions with
// AND is answered from that index, in the order of creation. Every other one
// is answered in the order of a walk: by walking, or, where that leads
// nowhere for long, from a small enough index, put into that order.
type search struct {
	c      *CSE
	rd     store.Reader
	r      *request
	filter *filter
	root   *store.Resource
	levels int
	may    func(*store.Resource) (bool, error) // the access decision on a match
	skip   int                                 // matches to leave out
	want   int                                 // matches that are enough after those

	skipped int
	found   []*store.Resource
	cut     bool // the scan limit ended the search
}

// Bounds of the plans, in index entries or resources.
const (
	firstScan = 2000 // of an index in order of creation, before a small subtree is tried
	firstWalk = 2000 // of a walk, before a small index is tried
	smallList = 4000 // entries of an index that are worth sorting
)

var errEnough = errors.New("cse: enough")

// run fills found with at most want matches after the first skip.
func (s *search) run() error {
	err := s.plan()
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

func (s *search) plan() error {
	if ids := s.ordered(); ids != nil && s.levels == 0 {
		return s.byCreation(ids)
	}
	done, err := s.byWalk(firstWalk)
	if done || err != nil {
		return err
	}
	if list, err := s.smallest(); err != nil {
		return err
	} else if list != nil {
		s.found, s.skipped = s.found[:0], 0
		return s.bySorting(list)
	}
	s.found, s.skipped = s.found[:0], 0
	_, err = s.byWalk(s.c.cfg.Limits.Scan)
	return err
}

// take adds a resource if it matches. errEnough ends the search.
func (s *search) take(res *store.Resource) error {
	ok, err := s.c.test(s.rd, s.r, s.filter, res, decision{allow: true})
	if err != nil || !ok {
		return err
	}
	if ok, err = s.may(res); err != nil || !ok {
		return err
	}
	if s.skipped < s.skip {
		s.skipped++
		return nil
	}
	s.found = append(s.found, res)
	if len(s.found) >= s.want {
		return errEnough
	}
	return nil
}

// read returns a candidate, with its body if the filter looks at that.
func (s *search) read(id store.ID) (*store.Resource, error) {
	if s.filter.readsBodies() {
		return s.rd.Get(id)
	}
	return s.rd.Head(id)
}

// over counts a resource that is read, and tells when they are too many.
func (s *search) over() bool {
	s.cut = s.cut || s.c.over(s.r)
	return s.cut
}

// page leaves what the originator asked for of all matches in their order.
func (s *search) page(all []*store.Resource) {
	all = all[min(s.skip, len(all)):]
	s.found = all[:min(s.want, len(all))]
}

// conjunctive reports whether every condition must hold, so that the index of
// one of them has all matches.
func (s *search) conjunctive() bool {
	return s.filter.Operation == 0 || s.filter.Operation == m2m.FilterAND
}

// ordered returns the index, in order of creation, that the filter's labels
// or creator select; nil if it names neither.
func (s *search) ordered() iter.Seq2[store.ID, error] {
	if !s.conjunctive() {
		return nil
	}
	if len(s.filter.Labels) > 0 {
		var all []iter.Seq2[store.ID, error]
		for _, l := range s.filter.Labels {
			all = append(all, s.rd.Select(store.ByLabel, store.Key{Text: l}, 0))
		}
		return merge(all)
	}
	if a := s.filter.Attributes; len(a) == 1 && a[0].Name == "cr" && !strings.Contains(a[0].Value, "*") {
		return s.rd.Select(store.ByCreator, store.Key{Text: a[0].Value}, 0)
	}
	return nil
}

// byCreation goes through an index in order of creation. If that leads
// nowhere for long, the subtree may be the smaller of the two.
func (s *search) byCreation(ids iter.Seq2[store.ID, error]) error {
	next, stop := iter.Pull2(ids)
	defer stop()
	scan := func(most int) (done bool, err error) {
		for range most {
			id, err, ok := next()
			if !ok || err != nil {
				return true, err
			}
			res, err := s.read(id)
			if err != nil {
				if errors.Is(err, store.ErrNotFound) {
					continue
				}
				return true, err
			}
			if s.over() {
				return true, nil
			}
			if in, err := s.within(res); err != nil || !in {
				if err != nil {
					return true, err
				}
				continue
			}
			if err := s.take(res); err != nil {
				return true, err
			}
		}
		return false, nil
	}
	if done, err := scan(firstScan); done || err != nil {
		return err
	}
	// A second search over the subtree alone, so that what was found so far
	// stays if that one is too long as well.
	small := *s
	small.found, small.skip, small.skipped, small.want = nil, 0, 0, s.c.cfg.Limits.Scan
	if done, err := small.byWalk(firstWalk); err != nil {
		return err
	} else if done {
		slices.SortFunc(small.found, func(a, b *store.Resource) int { return cmp.Compare(a.ID, b.ID) })
		s.page(small.found)
		return nil
	}
	_, err := scan(s.c.cfg.Limits.Scan)
	return err
}

// within reports whether res is under the root of the search and in sight.
func (s *search) within(res *store.Resource) (bool, error) {
	at := slices.Index(res.Ancestors, s.root.ID)
	if at < 0 || expired(res, s.r.now) {
		return false, nil
	}
	if s.levels != 0 && len(res.Ancestors)-at > s.levels {
		return false, nil
	}
	if hidden, err := s.c.inactive(s.rd, s.r, res); err != nil || hidden {
		return false, err
	}
	// An AE is a child of the CSEBase, so that at most one ancestor is one.
	if at == 0 && len(res.Ancestors) > 1 {
		ae, err := s.c.load(s.rd, s.r, res.Ancestors[1])
		if err != nil {
			return false, err
		}
		hidden, err := s.c.inactive(s.rd, s.r, ae)
		return !hidden, err
	}
	return true, nil
}

// byWalk looks at no more than most resources of a walk, and reports whether
// that was enough.
func (s *search) byWalk(most int) (done bool, err error) {
	var types []m2m.ResourceType
	if s.conjunctive() && len(s.filter.ResourceTypes) > 0 {
		types = s.filter.ResourceTypes
	}
	for st, err := range s.c.walk(s.rd, s.r, s.root, walk{levels: s.levels, types: types, heads: !s.filter.readsBodies()}) {
		if err != nil {
			return true, err
		}
		if most--; most < 0 {
			return false, nil
		}
		if s.over() {
			return true, nil
		}
		if err := s.take(st.Resource); err != nil {
			return true, err
		}
	}
	return true, nil
}

// smallest returns the shortest list of candidates that an index gives for
// one of the conditions, nil if none is short.
func (s *search) smallest() ([]store.ID, error) {
	if !s.conjunctive() {
		return nil, nil
	}
	var best []store.ID
	try := func(seqs ...iter.Seq2[store.ID, error]) error {
		most := smallList
		if best != nil {
			most = len(best)
		}
		var list []store.ID
		for _, seq := range seqs {
			for id, err := range seq {
				if err != nil {
					return err
				}
				if len(list) >= most {
					return nil
				}
				list = append(list, id)
			}
		}
		best = list
		if best == nil {
			best = []store.ID{}
		}
		return nil
	}
	span := func(ix store.Index, from, to int64) error {
		return try(s.rd.Select(ix, store.Key{Number: from, To: to}, 0))
	}
	f := s.filter
	const most = 1<<63 - 1
	var errs []error
	if len(f.ResourceTypes) > 0 {
		var seqs []iter.Seq2[store.ID, error]
		for _, t := range f.ResourceTypes {
			seqs = append(seqs, s.rd.Select(store.ByType, store.Key{Number: int64(t)}, 0))
		}
		errs = append(errs, try(seqs...))
	}
	if !f.ModifiedSince.IsZero() {
		errs = append(errs, span(store.ByModified, f.ModifiedSince.UnixMicro(), most))
	}
	if !f.UnmodifiedSince.IsZero() {
		errs = append(errs, span(store.ByModified, 0, f.UnmodifiedSince.UnixMicro()))
	}
	if !f.CreatedAfter.IsZero() { // nothing is modified before it is created
		errs = append(errs, span(store.ByModified, f.CreatedAfter.UnixMicro(), most))
	}
	if !f.ExpireBefore.IsZero() {
		errs = append(errs, span(store.ByExpiry, 1, f.ExpireBefore.UnixMicro()))
	}
	if !f.ExpireAfter.IsZero() {
		errs = append(errs, span(store.ByExpiry, f.ExpireAfter.UnixMicro(), most))
	}
	if f.SizeAbove != nil {
		errs = append(errs, span(store.BySize, *f.SizeAbove, most))
	}
	if f.SizeBelow != nil {
		errs = append(errs, span(store.BySize, 0, *f.SizeBelow))
	}
	return best, errors.Join(errs...)
}

// bySorting tests candidates and puts the matches into the order of a walk.
func (s *search) bySorting(ids []store.ID) error {
	slices.Sort(ids)
	whole := *s
	whole.skip, whole.want = 0, len(ids)+1
	for _, id := range slices.Compact(ids) {
		if s.over() {
			break
		}
		res, err := s.read(id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if in, err := s.within(res); err != nil {
			return err
		} else if in {
			if err := whole.take(res); err != nil {
				return err
			}
		}
	}
	types := make(map[store.ID]m2m.ResourceType)
	typeOf := func(id store.ID) m2m.ResourceType {
		t, ok := types[id]
		if !ok {
			if a, err := s.rd.Head(id); err == nil {
				t = a.Type
			}
			types[id] = t
		}
		return t
	}
	slices.SortFunc(whole.found, func(a, b *store.Resource) int {
		x, y := append(slices.Clone(a.Ancestors), a.ID), append(slices.Clone(b.Ancestors), b.ID)
		for i := range min(len(x), len(y)) {
			if x[i] != y[i] {
				return cmp.Or(cmp.Compare(typeOf(x[i]), typeOf(y[i])), cmp.Compare(x[i], y[i]))
			}
		}
		return cmp.Compare(len(x), len(y))
	})
	s.page(whole.found)
	return nil
}

// merge joins sequences that ascend into one that ascends, without repeats.
func merge(all []iter.Seq2[store.ID, error]) iter.Seq2[store.ID, error] {
	if len(all) == 1 {
		return all[0]
	}
	return func(yield func(store.ID, error) bool) {
		type head struct {
			id   store.ID
			next func() (store.ID, error, bool)
		}
		var heads []*head
		advance := func(h *head) bool { // false: the sequence is at its end
			id, err, ok := h.next()
			if ok && err != nil {
				yield(0, err)
				return false
			}
			h.id = id
			return ok
		}
		for _, seq := range all {
			next, stop := iter.Pull2(seq)
			defer stop()
			if h := (&head{next: next}); advance(h) {
				heads = append(heads, h)
			}
		}
		for len(heads) > 0 {
			first := slices.MinFunc(heads, func(a, b *head) int { return cmp.Compare(a.id, b.id) }).id
			if !yield(first, nil) {
				return
			}
			heads = slices.DeleteFunc(heads, func(h *head) bool { return h.id == first && !advance(h) })
		}
	}
}

package conformance_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/sigil-m2m/sigil/binding/http/wire"
	"github.com/sigil-m2m/sigil/conformance"
	"github.com/sigil-m2m/sigil/internal/config"
	"github.com/sigil-m2m/sigil/internal/node"
	"github.com/sigil-m2m/sigil/m2m"
)

// A mutant is a CSE with one fault, made of a sound one by changing what goes
// in or comes out.
type mutant struct {
	name     string
	only     string // the purposes that should notice
	caught   int    // at least so many of them do
	request  func(*m2m.Request)
	response func(*m2m.Request, *m2m.Response)
}

type mutantSender struct {
	next m2m.Sender
	mutant
}

func (s mutantSender) Send(ctx context.Context, poa string, req *m2m.Request) (*m2m.Response, error) {
	sent := *req
	if s.request != nil {
		s.request(&sent)
	}
	rsp, err := s.next.Send(ctx, poa, &sent)
	if err == nil && s.response != nil {
		s.response(req, rsp)
	}
	return rsp, err
}

// TestFaultsAreNoticed proves that the purposes notice a CSE with a fault; that
// they let a sound one pass is for the tests of the node to show.
func TestFaultsAreNoticed(t *testing.T) {
	c := config.Default()
	c.HTTP = "127.0.0.1:0"
	c.Data = filepath.Join(t.TempDir(), "data")
	n, err := node.New(t.Context(), c, node.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- n.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ran; err != nil {
			t.Error(err)
		}
		if err := n.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	sender := wire.NewSender(wire.SenderConfig{})
	t.Cleanup(sender.Close)

	mutants := []mutant{
		{"lets everybody do everything", "SEC/ACP/00", 12, func(r *m2m.Request) {
			if r.Operation != m2m.Create {
				r.From = "CAdmin"
			}
		}, nil},
		{"ignores filter criteria", "DIS/RET/001", 25, func(r *m2m.Request) {
			if f := r.FilterCriteria; f != nil {
				r.FilterCriteria = &m2m.FilterCriteria{Usage: f.Usage}
			}
		}, nil},
		{"ignores Result Content", "CSE/RCN/CRE", 8, func(r *m2m.Request) { r.ResultContent = nil }, nil},
		{"ignores the identifier type", "CSE/DIS/RET/004", 1, func(r *m2m.Request) { r.DesiredIdentifierResult = 0 }, nil},
		{"ignores the request's expiration", "GEN/PAR/015", 2, func(r *m2m.Request) { r.RequestExpiration = "" }, nil},
		{"ignores null in an Update", "DMR/UPD", 4, func(r *m2m.Request) {
			if r.Operation == m2m.Update {
				r.Content.Data = []byte(`{"m2m:cnt":{"lbl":["other"]}}`)
			}
		}, nil},
		{"says deleted and keeps", "DMR/DEL", 4, func(r *m2m.Request) {
			if r.Operation == m2m.Delete {
				r.Operation = m2m.Retrieve
			}
		}, func(req *m2m.Request, rsp *m2m.Response) {
			if req.Operation == m2m.Delete && rsp.Status == m2m.StatusOK {
				rsp.Status, rsp.Content = m2m.StatusDeleted, m2m.Content{}
			}
		}},
		{"calls every failure a bad request", "GEN/REP/016", 3, nil, func(_ *m2m.Request, rsp *m2m.Response) {
			if !rsp.Status.Success() {
				rsp.Status = m2m.StatusBadRequest
			}
		}},
		{"answers creations without content", "DMR/CIN/001", 8, nil, func(req *m2m.Request, rsp *m2m.Response) {
			if req.Operation == m2m.Create && req.ResourceType == m2m.TypeContentInstance {
				rsp.Content = m2m.Content{}
			}
		}},
	}
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			cfg := conformance.Config{URL: n.URL(), Parallel: 8, Only: m.only, Sender: mutantSender{sender, m}}
			s, err := conformance.Run(t.Context(), cfg, nil)
			if err != nil {
				t.Fatal(err)
			}
			if s.Failed < m.caught {
				t.Errorf("%v, want at least %d failed", s, m.caught)
			}
		})
	}
}

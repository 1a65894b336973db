package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/sigil-m2m/sigil/internal/config"
	"github.com/sigil-m2m/sigil/internal/node"
	"github.com/sigil-m2m/sigil/m2m"
)

// originator is the AE that owns all that is measured: not the admin, so that
// each request has its originator looked up and its access decided.
const (
	originator = "CBench"
	root       = "cse-in/bench" // its <AE>
	rareLabel  = "rare"         // on one instance in rareEvery
	rareEvery  = 101            // shares no factor with the number of containers
)

// instance is what every contentInstance is created with.
const (
	instanceContent = `"cnf":"text/plain:0","con":"temperature=21.5 humidity=40.25 battery=3.01 sequence=0000000042"`
	instanceBody    = `{"m2m:cin":{` + instanceContent + `}}`
	labelledBody    = `{"m2m:cin":{"lbl":["` + rareLabel + `"],` + instanceContent + `}}`
)

// A cseServer is a CSE as cmd/cse runs it, with the default configuration.
type cseServer struct {
	node *node.Node
	stop context.CancelFunc
	ran  chan error
}

// startCSE runs a CSE on a data folder, at a free port, and registers the AE.
func startCSE(data string) (server, error) {
	cfg := config.Default()
	cfg.Data, cfg.HTTP = data, "127.0.0.1:0"
	ctx, stop := context.WithCancel(context.Background())
	node.TuneRuntime() // as the command does
	n, err := node.New(ctx, cfg, node.Options{})
	if err != nil {
		stop()
		return nil, err
	}
	s := &cseServer{node: n, stop: stop, ran: make(chan error, 1)}
	go func() { s.ran <- n.Run(ctx) }()
	err = s.create(ctx, "cse-in", m2m.TypeAE, `{"m2m:ae":{"rn":"bench","api":"Nbench","rr":false,"srv":["3"]}}`)
	if err != nil && m2m.StatusOf(err) != m2m.StatusOriginatorHasAlreadyRegistered {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *cseServer) addr() string { return s.node.Addr().String() }

func (s *cseServer) close() error {
	s.stop()
	<-s.ran
	return s.node.Close(context.Background())
}

// create sends the CSE a Create from within its process.
func (s *cseServer) create(ctx context.Context, to string, ty m2m.ResourceType, content string) error {
	rsp := s.node.Handler().Handle(ctx, &m2m.Request{
		Operation: m2m.Create, To: to, From: originator, RequestID: "fill", ReleaseVersion: "3",
		ResourceType: ty, Content: m2m.Content{Data: []byte(content)},
	})
	if rsp.Status != m2m.StatusCreated {
		return m2m.Errorf("bench.create", rsp.Status, "%s under %s: %s", content, to, rsp.Content.Data)
	}
	return nil
}

// A fillSpec is what to create under the AE.
type fillSpec struct {
	Prefix       string // names of the containers: this and a number, or this alone for one
	Containers   int
	MaxInstances int // 0 for no limit
	Instances    int // in all containers together, in turn
	Workers      int // how many create at a time
}

func (f *fillSpec) container(i int) string {
	if f.Containers == 1 {
		return f.Prefix
	}
	return fmt.Sprint(f.Prefix, i)
}

func (s *cseServer) fill(ctx context.Context, f *fillSpec) error {
	paths := make([]string, f.Containers)
	for i := range paths {
		content := `{"m2m:cnt":{"rn":"` + f.container(i) + `"`
		if f.MaxInstances > 0 {
			content += fmt.Sprint(`,"mni":`, f.MaxInstances)
		}
		if err := s.create(ctx, root, m2m.TypeContainer, content+"}}"); err != nil {
			return err
		}
		paths[i] = root + "/" + f.container(i)
	}
	var (
		next   atomic.Int64
		all    sync.WaitGroup
		failed atomic.Pointer[error]
	)
	for range f.Workers {
		all.Go(func() {
			for failed.Load() == nil {
				i := int(next.Add(1) - 1)
				if i >= f.Instances {
					return
				}
				body := instanceBody
				if i%rareEvery == 0 {
					body = labelledBody
				}
				if err := s.create(ctx, paths[i%len(paths)], m2m.TypeContentInstance, body); err != nil {
					failed.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

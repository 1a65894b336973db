package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"runtime"

	"github.com/gin-gonic/gin"
	"go.etcd.io/bbolt"

	"github.com/sigil-m2m/sigil/internal/node"
)

// A floorSpec is the answer that a floor gives to one request.
type floorSpec struct {
	Method, Path string
	Status       int
	Header       [][2]string
	Body         []byte
	// Data is the folder of a database in which every request stores Record
	// bytes before it is answered, durably. Empty: none.
	Data   string `json:",omitempty"`
	Record int    `json:",omitempty"`
}

// A floor is the least that a server of the same make can do: gin with one
// route, whose handler writes bytes that are there already. One with a
// database decodes the body and stores a record first.
type floor struct {
	listener net.Listener
	http     *http.Server
	db       *recorder
}

func startFloor(spec *floorSpec) (server, error) {
	f := new(floor)
	node.TuneRuntime() // what a process can win by that, both sides win
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	header := make(http.Header)
	for _, field := range spec.Header {
		header[field[0]] = append(header[field[0]], field[1])
	}
	answer := func(c *gin.Context) {
		h := c.Writer.Header()
		for name, values := range header {
			h[name] = values
		}
		c.Writer.WriteHeader(spec.Status)
		c.Writer.Write(spec.Body)
	}
	handle := answer
	if spec.Data != "" {
		var err error
		if f.db, err = openRecorder(filepath.Join(spec.Data, "floor.db")); err != nil {
			return nil, err
		}
		handle = func(c *gin.Context) {
			var content struct {
				Instance *struct {
					Info    string `json:"cnf"`
					Content string `json:"con"`
				} `json:"m2m:cin"`
			}
			body, err := io.ReadAll(c.Request.Body)
			if err == nil {
				err = json.Unmarshal(body, &content)
			}
			if err != nil || content.Instance == nil || content.Instance.Content == "" {
				c.Status(http.StatusBadRequest)
				return
			}
			if f.db.put(make([]byte, spec.Record)) != nil {
				c.Status(http.StatusInternalServerError)
				return
			}
			answer(c)
		}
	}
	engine.Handle(spec.Method, spec.Path, handle)
	var err error
	if f.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	f.http = &http.Server{Handler: engine}
	go f.http.Serve(f.listener) // ends with close
	return f, nil
}

func (f *floor) addr() string { return f.listener.Addr().String() }

func (f *floor) close() error {
	err := f.http.Close()
	if f.db != nil {
		err = errors.Join(err, f.db.close())
	}
	return err
}

// A recorder puts records into one bucket of a bbolt file, in the order in
// which they come. Requests that wait share a commit, which is on the disk
// when they are answered.
type recorder struct {
	db      *bbolt.DB
	queue   chan record
	stopped chan struct{}
}

type record struct {
	value []byte
	done  chan error
}

var bucketName = []byte("records")

func openRecorder(path string) (*recorder, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{
		InitialMmapSize: 1 << 30, FreelistType: bbolt.FreelistMapType, NoStatistics: true,
	})
	if err != nil {
		return nil, err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(bucketName)
		return err
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	r := &recorder{db: db, queue: make(chan record, 256), stopped: make(chan struct{})}
	go r.write()
	return r, nil
}

func (r *recorder) put(value []byte) error {
	done := make(chan error, 1)
	r.queue <- record{value, done}
	return <-done
}

func (r *recorder) write() {
	defer close(r.stopped)
	var batch []record
	for first := range r.queue {
		batch = append(batch[:0], first)
		err := r.db.Update(func(tx *bbolt.Tx) error {
			b := tx.Bucket(bucketName)
			b.FillPercent = 0.95 // keys ascend
			for at := 0; at < len(batch); at++ {
				n, err := b.NextSequence()
				if err == nil {
					err = b.Put(binary.BigEndian.AppendUint64(nil, n), batch[at].value)
				}
				if err != nil {
					return err
				}
				if len(batch) < cap(r.queue) {
					batch = r.waiting(batch)
				}
			}
			return nil
		})
		for _, b := range batch {
			b.done <- err
		}
	}
}

// waiting adds a record that waits to the batch, if there is one.
func (r *recorder) waiting(batch []record) []record {
	for range 2 {
		select {
		case next, open := <-r.queue:
			if open {
				batch = append(batch, next)
			}
			return batch
		default:
			runtime.Gosched() // those that the last commit answered are on their way
		}
	}
	return batch
}

// close is for when no put is under way.
func (r *recorder) close() error {
	close(r.queue)
	<-r.stopped
	return r.db.Close()
}

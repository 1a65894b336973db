package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/sigil-m2m/sigil/store"
)

// A running CSE holds its database file locked, so that a backup or a check of
// it must go through its process. It listens at a Unix socket in its data
// folder, which only its own user may open, and speaks HTTP there:
//
//	POST /backup?path=FILE   copies one moment of the store to a new file
//	POST /check              answers {"faults": [...]}
const controlName = "control.sock"

// errNotRunning tells that no process answers at a data folder's socket.
var errNotRunning = errors.New("no CSE runs on this data folder")

// control is the server of the socket.
type control struct {
	listener net.Listener
	server   *http.Server
	folder   *os.File
}

// serveControl listens at the socket of a data folder, whose database this
// process has locked: a socket that is there already is one that a killed
// process left behind.
func serveControl(data string, s store.Store, log *slog.Logger) (*control, error) {
	folder, path, err := socketPath(data)
	if err != nil {
		return nil, err
	}
	if err := os.Remove(filepath.Join(data, controlName)); err != nil && !errors.Is(err, os.ErrNotExist) {
		folder.Close()
		return nil, err
	}
	l, err := listenPrivately(path)
	if err != nil {
		folder.Close()
		return nil, fmt.Errorf("control socket: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /backup", func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Query().Get("path")
		if !filepath.IsAbs(path) {
			http.Error(w, "the path of a backup is absolute", http.StatusBadRequest)
			return
		}
		begin := time.Now()
		if err := s.Backup(r.Context(), path); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		log.Info("backup written", "path", path, "took", time.Since(begin))
	})
	mux.HandleFunc("POST /check", func(w http.ResponseWriter, r *http.Request) {
		faults, err := s.Check(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		log.Info("store checked", "faults", len(faults))
		_ = json.NewEncoder(w).Encode(checkAnswer{faults}) // the client sees a cut answer
	})
	c := &control{l, &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}, folder}
	go c.server.Serve(l)
	return c, nil
}

type checkAnswer struct {
	Faults []string `json:"faults"`
}

func decodeFaults(body []byte) ([]string, error) {
	var a checkAnswer
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, fmt.Errorf("the answer to a check: %w", err)
	}
	return a.Faults, nil
}

// shutdown waits for a running backup or check, as long as ctx allows.
func (c *control) shutdown(ctx context.Context) {
	c.listener.Close() // the server does not know it if it has not begun to serve
	if c.server.Shutdown(ctx) != nil {
		c.server.Close()
	}
	c.folder.Close()
}

// callControl sends a command to the process that runs on a data folder. It is
// errNotRunning if there is none.
func callControl(ctx context.Context, data, command string, query url.Values) ([]byte, error) {
	folder, path, err := socketPath(data)
	if errors.Is(err, os.ErrNotExist) {
		return nil, errNotRunning
	}
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		},
	}}
	u := url.URL{Scheme: "http", Host: "control", Path: "/" + command, RawQuery: query.Encode()}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), nil)
	if err != nil {
		return nil, err
	}
	rsp, err := client.Do(req)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, errNotRunning
	}
	if err != nil {
		return nil, err
	}
	defer rsp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(rsp.Body, 64<<20))
	if err != nil {
		return nil, err
	}
	if rsp.StatusCode != http.StatusOK {
		return nil, errors.New(strings.TrimSpace(string(body)))
	}
	return body, nil
}

// listenPrivately listens at a Unix socket that only this user may open. Until
// its mode is set, the folder's, and the umask, keep others out.
func listenPrivately(path string) (net.Listener, error) {
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// socketPath returns a path of the data folder's socket that is short enough
// for a socket address, which holds about a hundred bytes. On Linux a long one
// goes by way of the open folder; the caller closes it after last use.
func socketPath(data string) (*os.File, string, error) {
	folder, err := os.Open(data)
	if err != nil {
		return nil, "", err
	}
	path := filepath.Join(data, controlName)
	if len(path) > 100 && runtime.GOOS == "linux" {
		path = filepath.Join("/proc/self/fd", strconv.Itoa(int(folder.Fd())), controlName)
	}
	return folder, path, nil
}

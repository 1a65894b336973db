package wire

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sigil-m2m/sigil/m2m"
)

var update = flag.Bool("update", false, "rewrite the expectations in testdata/request")

// received is when the requests of the tests come in.
var received = time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)

// Each file of testdata/request has cases of three parts: a sentence after
// "=== ", an HTTP request as it stands on the wire (line ends and, unless it
// is given, Content-Length are added), and after "---" the primitive, one
// parameter a line, or the refusal.
func TestRequestsBecomePrimitives(t *testing.T) {
	files, err := filepath.Glob("testdata/request/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test data: %v", err)
	}
	decoder := Decoder{KnownAttribute: func(short string) bool { return short != "zzz" }}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		head, rest, _ := strings.Cut(string(data), "=== ")
		out := head
		for c := range strings.SplitSeq(rest, "\n=== ") {
			name, c, _ := strings.Cut(c, "\n")
			raw, want, ok := strings.Cut(c, "\n---\n")
			if !ok && !*update {
				t.Fatalf("%s: case %q has no expectation", file, name)
			}
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txt")+"/"+name, func(t *testing.T) {
				r, body := readRequest(t, raw)
				req, err := decoder.Request(r, body, received)
				got := render(req)
				if err != nil {
					got = fmt.Sprintf("refused: %d %s\n", m2m.StatusOf(err), m2m.DetailOf(err))
				}
				if diff := cmp.Diff(strings.TrimSpace(want), strings.TrimSpace(got)); diff != "" && !*update {
					t.Errorf("-want +got\n%s", diff)
				}
				out += "=== " + name + "\n" + raw + "\n---\n" + got + "\n"
			})
		}
		if *update {
			if err := os.WriteFile(file, []byte(strings.TrimSpace(out)+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// readRequest makes a server's view of a request out of its text.
func readRequest(t testing.TB, raw string) (*http.Request, []byte) {
	t.Helper()
	head, body, _ := strings.Cut(raw, "\n\n")
	body = strings.TrimSpace(body)
	head = strings.ReplaceAll(strings.TrimSpace(head), "\n", "\r\n")
	if body != "" && !strings.Contains(head, "Content-Length") {
		head += "\r\nContent-Length: " + strconv.Itoa(len(body))
	}
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head + "\r\nHost: cse.example\r\n\r\n" + body)))
	if err != nil {
		t.Fatalf("the request is none to net/http: %v\n%s", err, head)
	}
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r, b
}

// render writes the fields of a request that are not zero, one a line.
func render(req *m2m.Request) string {
	var b bytes.Buffer
	renderFields(&b, "", reflect.ValueOf(req).Elem())
	return b.String()
}

func renderFields(b *bytes.Buffer, prefix string, v reflect.Value) {
	for i := range v.NumField() {
		name, field := prefix+v.Type().Field(i).Name, v.Field(i)
		if field.IsZero() {
			continue
		}
		switch x := field.Interface().(type) {
		case m2m.Content:
			fmt.Fprintf(b, "%s: %s %s\n", name, x.Format, x.Data)
		case *m2m.FilterCriteria:
			renderFields(b, name+".", field.Elem())
		case *m2m.GeoQuery:
			renderFields(b, name+".", field.Elem())
		case time.Time:
			if x != received {
				fmt.Fprintf(b, "%s: %s\n", name, m2m.FormatTimestamp(x))
			}
		default:
			e := json.NewEncoder(b)
			e.SetEscapeHTML(false)
			fmt.Fprintf(b, "%s: ", name)
			_ = e.Encode(x)
		}
	}
}

package m2m

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"strconv"
	"strings"
	"testing"
)

// declaredStatusCodes reads the constants of type StatusCode from the source:
// the compiler keeps no list of them.
func declaredStatusCodes(t *testing.T) map[StatusCode]string {
	f, err := parser.ParseFile(token.NewFileSet(), "status.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	codes := make(map[StatusCode]string)
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); !ok || typ.Name != "StatusCode" || len(spec.Values) != 1 {
			return true
		}
		v, err := strconv.Atoi(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := codes[StatusCode(v)]; ok {
			t.Errorf("%s and %s are both %d", other, spec.Names[0].Name, v)
		}
		codes[StatusCode(v)] = spec.Names[0].Name
		return true
	})
	return codes
}

func TestEveryStatusCodeHasARow(t *testing.T) {
	declared := declaredStatusCodes(t)
	if len(declared) < 90 {
		t.Fatalf("only %d codes were found in the source", len(declared))
	}
	for code, name := range declared {
		if !code.Known() {
			t.Errorf("%s (%d) has no row in statusCodes", name, code)
		}
	}
	for code := range statusCodes {
		if _, ok := declared[code]; !ok {
			t.Errorf("%d has a row in statusCodes and no constant", code)
		}
	}
}

func TestStatusCodesAreTheStandards(t *testing.T) {
	rows := table(t, "status.tsv")
	for _, row := range rows {
		n, err := strconv.Atoi(row[0])
		if err != nil {
			t.Fatal(err)
		}
		code := StatusCode(n)
		if !code.Known() {
			t.Errorf("%d %s is not known", n, row[1])
			continue
		}
		if code.String() != row[1] {
			t.Errorf("%d is %s, want %s", n, code, row[1])
		}
		if row[2] != "-" && strconv.Itoa(code.HTTP()) != row[2] {
			t.Errorf("%d %s is HTTP %d, want %s", n, code, code.HTTP(), row[2])
		}
		if want := n < 3000; code.Success() != want {
			t.Errorf("%d %s: success is %v", n, code, !want)
		}
	}
	if len(rows) != len(statusCodes) {
		t.Errorf("%d codes, the standard has %d", len(statusCodes), len(rows))
	}
}

func TestStatusCodesThatAreNone(t *testing.T) {
	for _, code := range []StatusCode{0, 200, 2003, 4999, -1} {
		if code.Known() || code.HTTP() != 500 || !strings.HasPrefix(code.String(), "StatusCode(") {
			t.Errorf("%d is known %v, HTTP %d, %q", int(code), code.Known(), code.HTTP(), code)
		}
	}
}

func TestErrorsKeepTheirCauseFromThePeer(t *testing.T) {
	cause := io.ErrUnexpectedEOF
	err := fmt.Errorf("outside: %w", Wrap("cse.create", StatusConflict, "the name (rn) is taken", cause))
	if StatusOf(err) != StatusConflict || DetailOf(err) != "the name (rn) is taken" {
		t.Errorf("%v %q", StatusOf(err), DetailOf(err))
	}
	if !errors.Is(err, cause) {
		t.Error("the cause is lost to the log")
	}
	if want := "outside: cse.create: CONFLICT: the name (rn) is taken: unexpected EOF"; err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
	if StatusOf(cause) != StatusInternalServerError || DetailOf(cause) != "" {
		t.Errorf("a strange error is %v %q", StatusOf(cause), DetailOf(cause))
	}
	if StatusOf(nil) != StatusOK {
		t.Errorf("no error is %v", StatusOf(nil))
	}
	inner := Errorf("store.get", StatusNotFound, "inner")
	if got := StatusOf(Wrap("cse.route", StatusBadRequest, "outer", inner)); got != StatusBadRequest {
		t.Errorf("the outermost status is %v", got)
	}
}

func TestErrorResponse(t *testing.T) {
	req := &Request{RequestID: "r1", ReleaseVersion: "3", VendorInformation: "v"}
	rsp := ErrorResponse(req, Wrap("x", StatusNotFound, `no "la"`, io.EOF))
	if rsp.Status != StatusNotFound || rsp.RequestID != "r1" || rsp.ReleaseVersion != "3" || rsp.VendorInformation != "v" ||
		string(rsp.Content.Data) != `{"m2m:dbg":"no \"la\""}` {
		t.Errorf("%+v %s", rsp, rsp.Content.Data)
	}
	if rsp := ErrorResponse(req, io.EOF); !rsp.Content.Empty() || rsp.Status != StatusInternalServerError {
		t.Errorf("a strange error is told as %s", rsp.Content.Data)
	}
}

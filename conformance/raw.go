package conformance

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// mostAnswer bounds the answer to a raw request, in bytes.
const mostAnswer = 16 << 20

// raw writes a request to a connection of its own, byte for byte as the step
// says, and reads the answer with its header names as they were spelled, which
// net/http does not tell.
func (p *play) raw(ctx context.Context, h *RawHTTP) (did string, rsp map[string]any, err error) {
	target, err := url.Parse(p.run.cfg.URL)
	if err != nil {
		return "", nil, err
	}
	p.sent++
	headers := map[string]*string{}
	for name, value := range map[string]string{
		"X-M2M-Origin": p.by, "X-M2M-RI": fmt.Sprintf("%s-%d", p.name, p.sent), "X-M2M-RVI": p.run.cfg.Release,
		"Host": target.Host, "Connection": "close",
	} {
		headers[name] = &value
	}
	path, err := p.env.text(h.Path)
	if err != nil {
		return "", nil, err
	}
	body, err := p.env.text(h.Body)
	if err != nil {
		return "", nil, err
	}
	if body != "" || h.Method == http.MethodPost || h.Method == http.MethodPut {
		length := strconv.Itoa(len(body))
		headers["Content-Length"] = &length
	}
	maps.Copy(headers, h.Headers)
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", h.Method, target.Path+path)
	did = fmt.Sprintf("%s %s", h.Method, target.Path+path)
	from := ""
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		if headers[name] == nil {
			continue
		}
		value, err := p.env.text(*headers[name])
		if err != nil {
			return did, nil, err
		}
		if name == "X-M2M-Origin" {
			from = value
		}
		fmt.Fprintf(&b, "%s: %s\r\n", name, value)
	}
	fmt.Fprintf(&b, "\r\n%s", body)

	ctx, cancel := context.WithTimeout(ctx, p.run.cfg.Timeout)
	defer cancel()
	conn, err := dial(ctx, target)
	if err != nil {
		return did, nil, err
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		conn.SetDeadline(deadline)
	}
	if _, err := conn.Write(b.Bytes()); err != nil {
		return did, nil, err
	}
	var seen bytes.Buffer
	r := bufio.NewReader(io.TeeReader(io.LimitReader(conn, mostAnswer), &seen))
	answer, err := http.ReadResponse(r, &http.Request{Method: h.Method})
	if err != nil {
		return did, nil, err
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		return did, nil, err
	}
	rsp = httpPrimitive(answer, content)
	rsp["names"] = headerNames(seen.Bytes())
	if rsc, _ := number(rsp["rsc"]); rsc == 2001 {
		p.remember(strings.TrimPrefix(path, "/"), from, []byte(body), rsp["pc"], answer.Header.Get("Content-Location"))
	}
	return did, rsp, nil
}

func dial(ctx context.Context, target *url.URL) (net.Conn, error) {
	address := target.Host
	if target.Port() == "" {
		address = net.JoinHostPort(target.Hostname(), map[string]string{"https": "443"}[target.Scheme])
		if target.Scheme == "http" {
			address = net.JoinHostPort(target.Hostname(), "80")
		}
	}
	d := &net.Dialer{Timeout: 10 * time.Second}
	if target.Scheme == "https" {
		return (&tls.Dialer{NetDialer: d}).DialContext(ctx, "tcp", address)
	}
	return d.DialContext(ctx, "tcp", address)
}

// httpPrimitive returns what an http step's pattern sees: status, header, and
// the primitive's parameters as TS-0009 6.4 maps them. A content that is no
// JSON stays text.
func httpPrimitive(answer *http.Response, content []byte) map[string]any {
	header := map[string]any{}
	for name := range answer.Header {
		header[name] = answer.Header.Get(name)
	}
	v := map[string]any{"status": answer.StatusCode, "header": header}
	for member, name := range map[string]string{
		"rsc": "X-M2M-RSC", "rqi": "X-M2M-RI", "rvi": "X-M2M-RVI", "vsi": "X-M2M-VSI", "ot": "X-M2M-OT",
		"cnst": "X-M2M-CTS", "cnot": "X-M2M-CTO", "rset": "X-M2M-RST", "fr": "X-M2M-Origin",
	} {
		if s := answer.Header.Get(name); s != "" {
			v[member] = s
			if n, err := strconv.Atoi(s); err == nil && (member == "rsc" || strings.HasPrefix(member, "cn")) {
				v[member] = n
			}
		}
	}
	if len(content) > 0 {
		if pc, err := decode(content); err == nil {
			v["pc"] = pc
		} else {
			v["pc"] = string(content)
		}
	}
	return v
}

// headerNames returns the names of the header fields as they were written.
func headerNames(answer []byte) []any {
	head, _, _ := bytes.Cut(answer, []byte("\r\n\r\n"))
	var names []any
	for i, line := range strings.Split(string(head), "\r\n") {
		if name, _, ok := strings.Cut(line, ":"); ok && i > 0 {
			names = append(names, name)
		}
	}
	return names
}

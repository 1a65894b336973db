package httpbind

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/sigil-m2m/sigil/binding/http/wire"
)

// cors lets pages of some web origins use the server: it answers preflights
// and marks responses, as the Fetch standard (3.2 CORS protocol) has it. Cookies
// and the like are never allowed, for oneM2M has none.
type cors struct {
	origins  []string
	any      bool
	methods  []string
	request  []string // the header fields of requests
	response []string // the header fields of responses
}

func newCORS(origins []string) *cors {
	return &cors{
		origins:  origins,
		any:      slices.Contains(origins, "*"),
		methods:  []string{wire.Methods},
		request:  []string{strings.Join(wire.RequestHeaders(), ", ")},
		response: []string{strings.Join(wire.ResponseHeaders(), ", ")},
	}
}

func (o *cors) handle(c *gin.Context) {
	h := c.Writer.Header()
	if !o.any {
		h["Vary"] = []string{"Origin"}
	}
	origin := c.Request.Header.Get("Origin")
	if origin == "" {
		return
	}
	allowed := o.any || slices.Contains(o.origins, origin)
	if allowed {
		if o.any {
			origin = "*"
		}
		h["Access-Control-Allow-Origin"] = []string{origin}
	}
	if c.Request.Method == http.MethodOptions && c.Request.Header.Get("Access-Control-Request-Method") != "" {
		if allowed {
			h["Access-Control-Allow-Methods"] = o.methods
			h["Access-Control-Allow-Headers"] = o.request
			h["Access-Control-Max-Age"] = []string{"600"}
		}
		c.AbortWithStatus(http.StatusNoContent)
		return
	}
	if allowed {
		h["Access-Control-Expose-Headers"] = o.response
	}
}

// Package config is what a running CSE can be told: every key with its unit,
// its default, its bounds and its meaning, in one place.
//
// That place is the [Config] struct. Flags, environment variables, the
// configuration file, docs/configuration.md and the checks of values are all
// derived from its tags, so that none of them can disagree with another. A
// key named "limits.body-bytes" is the flag --limits-body-bytes, the
// environment variable CSE_LIMITS_BODY_BYTES and, in the file,
//
//	limits:
//	  body-bytes: 1048576
//
// A flag wins over the environment, the environment over the file, and the
// file over the defaults. cmd/cse loads a Config and gives it to
// internal/node, which hands each part of the CSE its share.
package config

import "time"

// A Config is the whole configuration of a CSE. Its zero value is not usable;
// begin with [Default].
//
// The tags of a field: key is its name, default its default as text, unit
// what a bare number counts, min and max its bounds, oneof the values it can
// have, help what it does. Durations are written as Go writes them ("1m30s").
type Config struct {
	HTTP                string   `key:"http" default:"127.0.0.1:8080" help:"Address at which oneM2M over HTTP (TS-0009) is served, as host:port. Port 0 takes a free port, which the first line of output names."`
	Data                string   `key:"data" default:"cse-data" help:"Folder of the resource tree, relative to the working directory. It is created if there is none. One process at a time uses it."`
	CSEID               string   `key:"cse-id" default:"/id-in" help:"CSE-ID in its SP-relative form (TS-0001 7.2). It cannot change once the data folder exists."`
	CSEName             string   `key:"cse-name" default:"cse-in" help:"resourceName of the CSEBase: the first segment of every structured address."`
	SPID                string   `key:"sp-id" default:"//sigil.example" help:"M2M-SP-ID, with or without its two slashes: the service provider's domain name (TS-0001 7.2)."`
	CSEType             string   `key:"cse-type" default:"IN" oneof:"IN,MN,ASN" help:"Kind of node that the CSE runs on: infrastructure, middle or application service node (cseType)."`
	Admin               string   `key:"admin" default:"CAdmin" help:"Originator that may do everything at this CSE. It is believed as every other originator is: see insecure-originators."`
	Releases            []string `key:"releases" default:"1,2,2a,3,4,5" oneof:"1,2,2a,3,4,5" help:"Release versions that the CSE supports, as the CSEBase's supportedReleaseVersions lists them. A request that indicates another one is refused."`
	POA                 []string `key:"poa" default:"" help:"URIs at which others reach this CSE, as the CSEBase's pointOfAccess lists them. Empty: the address of http. A CSE that listens on this machine alone, without client certificates, refuses requests whose Host is neither a loopback address, localhost nor the host of one of these, so that no web page can pass for a client here (DNS rebinding)."`
	Types               string   `key:"types" default:"" help:"Folder of further flexContainer definitions, in the format of the built-in types. Empty: the built-in types alone."`
	MQTT                string   `key:"mqtt" default:"off" help:"Address of the MQTT binding. This version has none: off is the only value."`
	InsecureOriginators bool     `key:"insecure-originators" default:"false" help:"Listen beyond this machine although an originator is only a name in a header that anybody can write. Without it, http must be a loopback address, or TLS with client certificates must be on."`
	Metrics             string   `key:"metrics" default:"off" help:"Address that serves /healthz, /readyz and /metrics (Prometheus) in clear and to everyone who reaches it, as host:port; off for none."`
	LogLevel            string   `key:"log-level" default:"info" oneof:"debug,info,warn,error" help:"Least level that is logged to standard error. At debug every request is a line."`
	LogFormat           string   `key:"log-format" default:"text" oneof:"text,json" help:"How a line of the log is written."`

	TLS          TLS          `key:"tls" help:"TLS of the HTTP binding (TS-0003 8.2). Certificate and key go together."`
	CORS         CORS         `key:"cors" help:"What web pages of other origins may do."`
	Registration Registration `key:"registration" help:"Who may register, and who may ask. In a pattern \"*\" stands for any run of characters but a slash. What a deny list matches is refused; what is left must match the allow list, unless that is empty."`
	Limits       Limits       `key:"limits" help:"What a request, and what it causes, may cost at most."`
	Timers       Timers       `key:"timers" help:"How long things take or last. Each can be as short as one second."`
}

// TLS is the HTTP binding's server side of TLS.
type TLS struct {
	Cert     string `key:"cert" default:"" help:"File of the server's certificate chain, PEM. Empty: no TLS."`
	Key      string `key:"key" default:"" help:"File of the certificate's private key, PEM."`
	ClientCA string `key:"client-ca" default:"" help:"File of the certificates that sign client certificates, PEM. Set, every client must present one, and may only be an originator that its subjectAltName stands for: an absolute AE-ID or CSE-ID as a URI, or a CSE's public domain name (TS-0003 10.1.1)."`
}

// CORS is the HTTP binding's answer to web browsers.
type CORS struct {
	Origins []string `key:"origins" default:"" help:"Origins of web pages that may call the CSE, as in https://dashboard.example; \"*\" for any. Empty: none."`
}

// Registration is who may become a registree of this CSE.
type Registration struct {
	Anyone   bool     `key:"anyone" default:"false" help:"Take requests of originators that are not registered here. What they may do is still for access control policies to say."`
	AllowAE  []string `key:"allow-ae" default:"" help:"Patterns of AE-ID-Stems that may register."`
	DenyAE   []string `key:"deny-ae" default:"" help:"Patterns of AE-ID-Stems that may not register."`
	AllowApp []string `key:"allow-app" default:"" help:"Patterns of App-IDs that may register."`
	DenyApp  []string `key:"deny-app" default:"" help:"Patterns of App-IDs that may not register."`
	AllowCSE []string `key:"allow-cse" default:"" help:"Patterns of CSE-IDs, SP-relative as in /id-*, that may register."`
	DenyCSE  []string `key:"deny-cse" default:"" help:"Patterns of CSE-IDs, SP-relative as in /id-*, that may not register."`
}

// Limits bound what a request may cost.
type Limits struct {
	BodyBytes   int `key:"body-bytes" default:"1048576" unit:"bytes" min:"1024" max:"1073741824" help:"Longest body of a request."`
	HeaderBytes int `key:"header-bytes" default:"65536" unit:"bytes" min:"4096" max:"16777216" help:"Longest header of a request, its first line included."`
	TargetBytes int `key:"target-bytes" default:"8192" unit:"bytes" min:"1024" max:"1048576" help:"Longest request target: the path of the address with the query."`
	JSONDepth   int `key:"json-depth" default:"32" unit:"levels" min:"8" max:"1000" help:"Deepest nesting of JSON in a body."`
	ResultBytes int `key:"result-bytes" default:"16777216" unit:"bytes" min:"65536" max:"1073741824" help:"Longest answer that nests child resources. One that was cut says so (contentStatus)."`
	Depth       int `key:"depth" default:"64" unit:"levels" min:"8" max:"1000" help:"Deepest level of the resource tree below the CSEBase."`
	Results     int `key:"results" default:"1000" unit:"resources" min:"1" max:"1000000" help:"Most resources that one answer lists: discovered addresses, child references, child resources. An answer that was cut says so (contentStatus)."`
	Scan        int `key:"scan" default:"100000" unit:"resources" min:"1" max:"100000000" help:"Most resources that one discovery looks at."`
	Labels      int `key:"labels" default:"256" unit:"labels" min:"1" max:"10000" help:"Most labels of one resource, each of which is indexed."`
	Policies    int `key:"policies" default:"16" unit:"identifiers" min:"1" max:"1000" help:"Most accessControlPolicyIDs of one resource, each of which is read for a decision."`
	Members     int `key:"members" default:"10000" unit:"identifiers" min:"1" max:"1000000" help:"Most memberIDs of one group."`

	Registrations int `key:"registrations" default:"100000" unit:"AEs" min:"1" max:"100000000" help:"Most AEs registered at a time. A further registration is refused (5207, NOT_ACCEPTABLE)."`

	Connections int `key:"connections" default:"16384" unit:"connections" min:"8" max:"1000000" help:"Most connections to the HTTP binding at a time. Further ones wait to be accepted."`
}

// Timers are how long things take or last.
type Timers struct {
	Request           time.Duration `key:"request" default:"30s" min:"1s" max:"1h" help:"Longest that a blocking request may take, where it brings no earlier requestExpirationTimestamp."`
	DefaultExpiration time.Duration `key:"default-expiration" default:"8760h" min:"1s" max:"876000h" help:"expirationTime of a resource whose creator asks for none, from its creation on; never later than its parent's."`
	MaximumExpiration time.Duration `key:"maximum-expiration" default:"87600h" min:"1s" max:"876000h" help:"Latest expirationTime that a request can have, from then on. A later one is shortened."`
	ExpirySweep       time.Duration `key:"expiry-sweep" default:"10s" min:"10ms" max:"24h" help:"How often expired resources are removed. They cannot be found from the moment they expire."`
	Drain             time.Duration `key:"drain" default:"30s" min:"1s" max:"1h" help:"Longest that a stopping CSE waits for requests that it has accepted."`
	HTTPConnect       time.Duration `key:"http-connect" default:"10s" min:"1s" max:"1h" help:"Longest that connecting to another's point of access may take."`
	HTTPHeader        time.Duration `key:"http-header" default:"10s" min:"1s" max:"1h" help:"Longest that a client may take to send a request's header."`
	HTTPRead          time.Duration `key:"http-read" default:"60s" min:"1s" max:"24h" help:"Longest that a client may take to send a whole request."`
	HTTPWrite         time.Duration `key:"http-write" default:"60s" min:"1s" max:"24h" help:"Longest that a client may take to receive an answer, once there is one."`
	HTTPIdle          time.Duration `key:"http-idle" default:"120s" min:"1s" max:"24h" help:"How long a connection without a request stays open."`
}

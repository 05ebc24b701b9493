package lambdatest

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// An api is the Runtime API of one process.
type api struct {
	server *http.Server
	addr   string
	next   chan invocation
	asked  chan struct{} // gets one when the process first asks for work
	done   chan Outcome
}

// An invocation is what the process gets when it asks for work.
type invocation struct {
	id       string
	event    []byte
	deadline time.Time
}

// An Outcome is what became of one invocation. Exactly one of Response, Error
// and Died says it.
type Outcome struct {
	// Response is what the function returned, as JSON.
	Response []byte
	// Error is what it reported.
	Error *FunctionError
	// Died: the process ended before it answered, killed or by itself.
	Died bool
	// TimedOut: Lambda's deadline passed, and the process was killed.
	TimedOut bool
}

// OK says whether the function returned without an error.
func (o Outcome) OK() bool { return o.Error == nil && !o.Died }

// A FunctionError is what a runtime reports ("Invocation error" in the guide).
type FunctionError struct {
	Message string `json:"errorMessage"`
	Type    string `json:"errorType"`
}

func newAPI(t testing.TB) *api {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := &api{addr: listener.Addr().String(), next: make(chan invocation), asked: make(chan struct{}, 1), done: make(chan Outcome, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", a.serveNext)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/{what}", a.serveDone)
	a.server = &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = a.server.Serve(listener) }() // it ends with Close
	return a
}

func (a *api) close() { _ = a.server.Close() }

// serveNext hands out work, as long as somebody asks.
func (a *api) serveNext(w http.ResponseWriter, r *http.Request) {
	select {
	case a.asked <- struct{}{}:
	default:
	}
	select {
	case in := <-a.next:
		h := w.Header()
		h.Set("Lambda-Runtime-Aws-Request-Id", in.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(in.deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:111122223333:function:test")
		h.Set("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000")
		_, _ = w.Write(in.event) // a reader that died is noticed by Invoke
	case <-r.Context().Done():
	}
}

// serveDone takes "response" and "error".
func (a *api) serveDone(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	w.WriteHeader(http.StatusAccepted)
	switch r.PathValue("what") {
	case "response":
		a.done <- Outcome{Response: body}
	case "error":
		fault := &FunctionError{}
		if err := json.Unmarshal(body, fault); err != nil {
			fault.Message = "not JSON: " + strings.TrimSpace(string(body))
		}
		a.done <- Outcome{Error: fault}
	}
}

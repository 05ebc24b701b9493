package html

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"sshsieve/internal/report"
	"sshsieve/internal/sshdtest"
)

// startChromium starts a browser for a test and its subtests. Where there is
// none the test skips, or fails where SSHSIEVE_REQUIRE=all demands it.
func startChromium(t *testing.T) context.Context {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		sshdtest.Missing(t, "no chromium: apt-get install chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program))
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses to make one as root
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start chromium: %v", err)
	}
	return ctx
}

// A tab is a page, open in the browser as a reader has it: from a file.
type tab struct {
	*testing.T
	ctx    context.Context
	mu     sync.Mutex
	faults []string // what the console said, what was requested
}

// A look is how the reader's device shows a page.
type look struct {
	width, height int64
	scheme        string // "light" or "dark"
	paper         bool
	noScript      bool
}

var desktop = look{width: 1100, height: 900, scheme: "light"}

// open writes a page and opens it. At the end of the test the console must be
// empty, and nothing may have been requested but the file.
func open(t *testing.T, browser context.Context, p *report.Page, l look) *tab {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.html")
	var page bytes.Buffer
	if err := Write(&page, p); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, page.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	tab := &tab{T: t, ctx: ctx}
	address := (&url.URL{Scheme: "file", Path: file}).String()
	if err := chromedp.Listen(ctx, func(event any) { tab.hear(event, address) }); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tab.check) // before the tab closes: cleanups run last in, first out
	tab.do(call(network.Enable, network.EnableParams{}), call(log.Enable, cdp.Empty{}), l.action(), chromedp.Navigate(address))
	return tab
}

// action makes the browser such a device.
func (l look) action() chromedp.Action[chromedp.Void] {
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.scheme}}}
	if l.paper {
		media.Media = "print"
	}
	return func(ctx context.Context, t *chromedp.Target) (void chromedp.Void, err error) {
		for _, a := range []chromedp.Action[chromedp.Void]{
			chromedp.EmulateViewport(l.width, l.height),
			call(emulation.SetEmulatedMedia, media),
			call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: l.noScript}),
		} {
			if void, err = a(ctx, t); err != nil {
				return void, err
			}
		}
		return void, nil
	}
}

// call is a command of the protocol as an action.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, t *chromedp.Target) (void chromedp.Void, err error) {
		_, err = cdp.Call(ctx, t, command, params)
		return void, err
	}
}

// The browser tells of a request before the policy stops it.
const (
	requested = "requested "
	blocked   = "the policy stopped a request"
)

// hear notes what must not happen. Violations of the policy are entries of the
// browser's log.
func (tab *tab) hear(event any, address string) {
	fault := ""
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if e.Request.URL != address {
			fault = requested + e.Request.URL
		}
	case *network.EventLoadingFailed:
		if e.BlockedReason == network.BlockedReasonCsp {
			fault = blocked
		}
	case *log.EventEntryAdded:
		fault = "log: " + e.Entry.Text
	case *runtime.EventConsoleAPICalled:
		fault = fmt.Sprintf("console.%s", e.Type)
	case *runtime.EventExceptionThrown:
		fault = "exception: " + e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			fault += " " + e.ExceptionDetails.Exception.Description
		}
	}
	if fault != "" {
		tab.mu.Lock()
		defer tab.mu.Unlock()
		tab.faults = append(tab.faults, fault)
	}
}

// heard returns what was heard so far, after all events of what was done.
func (tab *tab) heard() []string {
	eval[bool](tab, "true") // events come before the answer
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return tab.faults
}

func (tab *tab) check() {
	if faults := tab.heard(); len(faults) > 0 {
		tab.Errorf("the page is not quiet: %s", strings.Join(faults, "\n"))
	}
}

func (tab *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	tab.Helper()
	if err := chromedp.Do(tab.ctx, actions...); err != nil {
		tab.Fatal(err)
	}
}

// eval evaluates an expression in the page. What a debugger runs is no matter of
// the policy.
func eval[T any](tab *tab, expression string) T {
	tab.Helper()
	v, err := chromedp.Run(tab.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		tab.Fatalf("%s: %v", expression, err)
	}
	return v
}

// until waits until an expression is true.
func (tab *tab) until(expression string) {
	tab.Helper()
	if _, err := chromedp.Run(tab.ctx, chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(10*time.Second))); err != nil {
		tab.Fatalf("never: %s (%v)", expression, err)
	}
}

// click clicks the middle of an element with the mouse, wherever it is.
func (tab *tab) click(selector string) {
	tab.Helper()
	at := tab.middle(selector)
	tab.do(chromedp.MouseClickXY(at[0], at[1]))
}

// middle scrolls an element into view and says where its middle is.
func (tab *tab) middle(selector string) [2]float64 {
	tab.Helper()
	return eval[[2]float64](tab, fmt.Sprintf(`(() => {
		const e = document.querySelector(%q);
		e.scrollIntoView({ block: "center", behavior: "instant" });
		const r = e.getBoundingClientRect();
		return [r.x + r.width / 2, r.y + r.height / 2];
	})()`, selector))
}

// press gives an element the focus, as Tab does, and types keys.
func (tab *tab) press(selector, keys string) {
	tab.Helper()
	eval[bool](tab, fmt.Sprintf(`(document.querySelector(%q).focus(), true)`, selector))
	tab.do(chromedp.KeyEvent(keys))
}

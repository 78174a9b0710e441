package browsertest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long one step in the browser may take on a machine that is busy.
const patience = 3 * time.Minute

// A mode is how somebody looks at the page.
type mode struct {
	Script bool
	Dark   bool
	Width  int64
}

// String names a mode in results and pictures: "light-1600-script".
func (m mode) String() string {
	colours, script := "light", "script"
	if m.Dark {
		colours = "dark"
	}
	if !m.Script {
		script = "plain"
	}
	return fmt.Sprintf("%s-%d-%s", colours, m.Width, script)
}

// A window is one of the browser's, with cookies of its own. It notes everything that the
// browser complains about.
type window struct {
	t    *testing.T
	ctx  context.Context
	mode mode
	url  string // of the server

	refusal string // a status that the next page may have, as the browser says it: "status of 422"

	mu         sync.Mutex
	complaints []string
}

// start starts the browser; without one the test is skipped.
func start(t *testing.T) context.Context {
	t.Helper()
	path, err := Find()
	if err != nil && os.Getenv(EnvRequire) != "" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(patience), chromedp.Flag("lang", "en"))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	browser, cancelBrowser := chromedp.NewContext(ctx)
	t.Cleanup(cancelBrowser)
	if err := chromedp.Do(browser); err != nil {
		t.Fatalf("starting %s: %v", path, err)
	}
	return browser
}

func newWindow(t *testing.T, browser context.Context, url string, m mode) *window {
	t.Helper()
	w := &window{t: t, mode: m, url: url}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(w.listen))
	t.Cleanup(cancel)
	w.ctx = ctx
	if err := chromedp.Do(ctx); err != nil { // the window lives as long as the context of its first step
		t.Fatalf("opening a window: %v", err)
	}
	scheme := "light"
	if m.Dark {
		scheme = "dark"
	}
	w.run("opening a window",
		call(log.Enable, cdp.Empty{}),
		call(emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "Europe/Berlin"}),
		call(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: m.Width, Height: 900, DeviceScaleFactor: 1}),
		call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}}),
		call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !m.Script}))
	return w
}

// call is a command of the browser as a step.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, command, params)
		return err
	})
}

// listen notes errors of scripts, broken policies, what is not found, and dialogs.
func (w *window) listen(event any) {
	complaint := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		complaint = "exception: " + e.ExceptionDetails.Text
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			complaint = fmt.Sprintf("console %s: %s", e.Type, text(e.Args))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			complaint = fmt.Sprintf("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *page.EventJavascriptDialogOpening:
		complaint = "dialog: " + e.Message
		go func() {
			_ = chromedp.Do(w.ctx, call(page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true}))
		}() // a listener must not wait
	}
	if complaint != "" {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.complaints = append(w.complaints, complaint)
	}
}

// heard takes what the browser has complained about.
func (w *window) heard() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.complaints
	w.complaints = nil
	return out
}

// text is what a script has written to the console.
func text(args []*runtime.RemoteObject) string {
	var parts []string
	for _, a := range args {
		parts = append(parts, string(a.Value)+a.Description)
	}
	return strings.Join(parts, " ")
}

func (w *window) run(what string, steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		w.t.Fatalf("%s: %s: %v; heard: %q", w.mode, what, err, w.heard())
	}
}

// open goes to a path of the server, as somebody who types it.
func (w *window) open(path string) {
	w.t.Helper()
	w.run("opening "+path, chromedp.Navigate(w.url+path))
	w.check(path)
}

// click follows the link, or presses the button, that the selector finds first, and waits for the page behind it.
func (w *window) click(selector string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	// As ways of clicking on SVG and below the fold differ, the event is made rather than the mouse moved.
	press := fmt.Sprintf(`(e => { e.focus(); e.dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true, view: window})); })(document.querySelector(%q))`, selector)
	if value[int](w, fmt.Sprintf("document.querySelectorAll(%q).length", selector)) == 0 {
		w.t.Fatalf("%s: there is no %s on %s", w.mode, selector, value[string](w, "location.href"))
	}
	if _, err := chromedp.RunResponse(ctx, chromedp.Evaluate[chromedp.Void](press)); err != nil {
		w.t.Fatalf("%s: clicking %s: %v", w.mode, selector, err)
	}
	w.check("the page behind " + selector)
}

// value is what an expression of JavaScript gives.
func value[T any](w *window, expression string) T {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		w.t.Fatalf("%s: %.200s: %v", w.mode, expression, err)
	}
	return out
}

// check holds the page that is open against what has to be true of every one.
func (w *window) check(what string) {
	w.t.Helper()
	for _, complaint := range w.heard() {
		if w.refusal != "" && strings.Contains(complaint, w.refusal) {
			continue
		}
		w.t.Errorf("%s: %s: the browser complains: %s", w.mode, what, complaint)
	}
	for _, rule := range rules {
		for _, b := range value[[]string](w, "("+rule.script+")()") {
			w.t.Errorf("%s: %s: %s: %s", w.mode, what, rule.name, b)
		}
	}
	w.axe(what)
}

// axe asks axe-core what keeps people from the page, if `make axe` has said where that is.
func (w *window) axe(what string) {
	w.t.Helper()
	at := os.Getenv("GALLEY_AXE")
	if at == "" || !w.mode.Script {
		return
	}
	raw, err := os.ReadFile(at)
	if err != nil {
		w.t.Fatal(err)
	}
	w.run("loading axe", chromedp.Evaluate[chromedp.Void](string(raw)+"; undefined"))
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`axe.run().then(r => r.violations.map(v => v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 150)).join(" | ")))`, chromedp.EvalAwaitPromise))
	if err != nil {
		w.t.Fatalf("%s: %s: asking axe: %v", w.mode, what, err)
	}
	for _, f := range found {
		w.t.Errorf("%s: %s: axe: %s", w.mode, what, f)
	}
}

// picture keeps what is seen, with `go test -artifacts`.
func (w *window) picture(name string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		w.t.Fatalf("%s: taking a picture: %v", w.mode, err)
	}
	path := filepath.Join(w.t.ArtifactDir(), name+"-"+w.mode.String()+".png")
	if err := os.WriteFile(path, png, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

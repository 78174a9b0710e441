package browsertest

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// policy is what the pages are served with, for pages of the tests' own.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'"

// TestWhatIsWrongIsNoticed makes sure that the other tests can fail.
func TestWhatIsWrongIsNoticed(t *testing.T) {
	t.Parallel()
	browser := start(t)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		switch r.URL.Path {
		case "/ui/static/x.js":
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = w.Write([]byte(`console.error("from the script"); null.x`))
		case "/":
			_, _ = w.Write([]byte(`<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>t</title><script src="/ui/static/x.js"></script>
				<h1>a</h1><h1>b</h1><p id="i" style="width:9000px">wide</p><p id="i">again</p><script>document.title="pwned"</script><a href="/"></a>`))
		default:
			http.NotFound(w, r)
		}
	}))
	defer s.Close()
	w := newWindow(t, browser, s.URL, mode{Script: true, Width: 800})
	w.run("opening", chromedp.Navigate(s.URL+"/"))
	heard := strings.Join(w.heard(), "\n")
	for _, want := range []string{"Content Security Policy", "from the script", "exception"} {
		if !strings.Contains(heard, want) {
			t.Errorf("nothing was heard of %q: %s", want, heard)
		}
	}
	for _, rule := range rules[:5] {
		if rule.name == "the page is not to scroll sideways" {
			continue // the policy has kept the width away
		}
		if broken := value[[]string](w, "("+rule.script+")()"); len(broken) == 0 {
			t.Errorf("not noticed: %s", rule.name)
		}
	}
}

// screens are found by following links; a pattern stands for those that differ by a name or an id.
var namesInPaths = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`^/ui/(recipes|jobs|files)/\d+`), "/ui/$1/N"},
	{regexp.MustCompile(`^/ui/(orders|runs)/[^/?]+`), "/ui/$1/H"},
	{regexp.MustCompile(`^/ui/job-types/[^/?]+/[^/?]+`), "/ui/job-types/X/V"},
	{regexp.MustCompile(`^/ui/(types|kitchens)/[^/?]+`), "/ui/$1/X"},
}

// pattern is the screen that a link leads to: its path without names, and the names of its parameters.
func pattern(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return link
	}
	out := u.EscapedPath()
	for _, n := range namesInPaths {
		out = n.pattern.ReplaceAllString(out, n.with)
	}
	names := make([]string, 0, len(u.Query()))
	for name := range u.Query() {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(append([]string{out}, names...), " ")
}

// noScreens are links to what is no page: files, and what signs out.
var noScreens = regexp.MustCompile(`/content$|/log\.txt|/export|\.zip|^/ui/static/`)

func (w *window) signIn(username, password string) {
	w.t.Helper()
	w.open("/")
	w.run("signing in", chromedp.SendKeys("input[name=username]", username), chromedp.SendKeys("input[name=password]", password))
	w.click("main form button")
	if !value[bool](w, `document.querySelector("header.top") !== null`) {
		w.t.Fatalf("%s: after signing in as %s the page is %s", w.mode, username, value[string](w, "document.body.textContent"))
	}
}

// crawl opens every screen that links lead to, one of each pattern, and gives their paths.
func (w *window) crawl(first ...string) []string {
	w.t.Helper()
	const most = 80
	var visited []string
	known := map[string]bool{}
	queue := first
	for len(queue) > 0 && len(visited) < most {
		path := queue[0]
		queue = queue[1:]
		if known[pattern(path)] {
			continue
		}
		known[pattern(path)] = true
		w.open(path)
		visited = append(visited, path)
		for _, link := range value[[]string](w, `[...document.querySelectorAll("main a[href], header a[href]")].map(a => a.getAttribute("href"))`) {
			u, err := url.Parse(link)
			if err != nil || u.IsAbs() || u.Host != "" || u.Path != "/" && !strings.HasPrefix(u.Path, "/ui/") || noScreens.MatchString(u.Path) {
				continue
			}
			u.Fragment = ""
			queue = append(queue, u.String())
		}
	}
	return visited
}

func TestEveryScreenInARealBrowser(t *testing.T) {
	t.Parallel()
	browser := start(t)
	world := newWorld(t, hostile)
	var screens []string
	for _, m := range []mode{{Script: true, Width: 1600}, {Dark: true, Width: 360}, {Script: true, Dark: true, Width: 360}, {Width: 1600}} {
		w := newWindow(t, browser, world.URL, m)
		w.signIn(world.Username, world.Password)
		if len(screens) == 0 {
			screens = w.crawl("/", "/ui/recipes/"+world.Recipe, "/ui/types/"+url.PathEscape(world.Type), "/ui/orders/"+world.Order)
			if len(screens) < 20 {
				t.Fatalf("only these screens were found: %q", screens)
			}
			t.Logf("%d screens", len(screens))
		} else if m.Script != m.Dark { // the two that differ in all but the width
			for _, path := range screens {
				w.open(path)
			}
		}
		w.walk(world)
	}
}

// walk clicks through what people do at night, from the home page on.
func (w *window) walk(world *world) {
	t := w.t
	t.Helper()
	w.open("/")
	w.picture("home")
	// From the home page to the failing line of the log.
	w.click(`#needs li a`)
	if at := value[string](w, "location.pathname"); !strings.HasPrefix(at, "/ui/recipes/") {
		t.Errorf("%s: the first of what needs somebody leads to %s", w.mode, at)
	}
	w.open("/ui/recipes/" + world.Recipe)
	w.picture("recipe")
	w.click(`main a[href*="/log"]:not([href*=".txt"])`)
	if !value[bool](w, `document.body.textContent.includes("ended with exit code 4")`) {
		t.Errorf("%s: the log lacks its last line", w.mode)
	}
	w.picture("log")
	// A sub-recipe opens in place and closes again; a graph is drawn nearer and further.
	w.open("/ui/recipes/" + world.Recipe)
	if w.mode.Width > 720 {
		const nodes = `document.querySelectorAll(".only-w .g .n").length`
		before := value[int](w, nodes)
		w.click(`.only-w .g .fold`)
		if opened := value[int](w, nodes); opened <= before {
			t.Errorf("%s: opening a sub-recipe has left %d nodes, want more than %d", w.mode, opened, before)
		}
		w.picture("recipe-opened")
		w.click(`.only-w .g .fold`)
		if closed := value[int](w, nodes); closed != before {
			t.Errorf("%s: closing a sub-recipe has left %d nodes, want %d", w.mode, closed, before)
		}
		w.click(`a[data-key=out]`)
		if !value[bool](w, `document.querySelector(".only-w .g.z2") === null`) {
			t.Errorf("%s: the graph is as near as before", w.mode)
		}
	}
	w.open("/ui/recipes/" + world.Recipe + "/reprocess")
	w.picture("reprocess")
	w.open("/ui/types/" + url.PathEscape(world.Type))
	w.picture("type")
	w.open("/ui/types/" + url.PathEscape(world.Type) + "/diff?from=1&to=2")
	w.picture("diff")
	for word, shown := range map[string]string{"new": "fill", "drop": "too_few", "changed": "convert"} {
		if got := value[[]string](w, `[...document.querySelectorAll(".g .n.`+word+` title")].map(e => e.textContent)`); len(got) == 0 || !strings.Contains(got[0], shown) {
			t.Errorf("%s: in the diff, the nodes that are %s are %q, want %s", w.mode, word, got, shown)
		}
	}
	// What somebody pastes is drawn, and what is wrong with it is said.
	w.open("/ui/check")
	w.run("pasting", chromedp.SetValue("textarea", `{"nodes": {"a": {"dependencies": [{"name": "b"}], "input": {}, "node_type": {"node_type": "job"}}}}`))
	w.refusal = "status of 422"
	w.click("main form .btn.p")
	w.refusal = ""
	if !value[bool](w, `document.querySelector("main").textContent.includes("nodes")`) {
		t.Errorf("%s: nothing was said of a wrong definition", w.mode)
	}
	w.open("/ui/queue")
	w.picture("queue")
	w.open("/ui/orders")
	w.picture("orders")
}

// TestGraphsByKeyboardAndWheel: with the script, keys go along a graph, and the wheel draws it nearer.
func TestGraphsByKeyboardAndWheel(t *testing.T) {
	t.Parallel()
	browser := start(t)
	world := newWorld(t, "quarantine")
	w := newWindow(t, browser, world.URL, mode{Script: true, Width: 1280})
	w.signIn(world.Username, world.Password)
	w.picture("page-home")
	w.open("/ui/types/" + url.PathEscape(world.Type) + "/diff?from=1&to=2")
	w.picture("page-diff")
	w.open("/ui/recipes/" + world.Recipe)
	w.picture("page-recipe")
	w.run("focusing", chromedp.Evaluate[chromedp.Void](`document.querySelector("#n-orders a").focus()`), chromedp.KeyEvent(kb.ArrowRight))
	if got := value[string](w, `document.activeElement.closest("g.n")?.id ?? ""`); got == "n-orders" || got == "" {
		t.Errorf("from orders the right arrow goes to %q", got)
	}
	const width = `document.querySelector(".only-w .g").getBoundingClientRect().width`
	wheel := func(init string) float64 {
		w.run("turning the wheel", chromedp.Evaluate[chromedp.Void](`document.querySelector(".only-w .g").dispatchEvent(new WheelEvent("wheel", {deltaY: -300, bubbles: true, cancelable: true, clientX: 700, clientY: 400, `+init+`}))`))
		return value[float64](w, width)
	}
	before := value[float64](w, width)
	if got := wheel("ctrlKey: false"); got != before {
		t.Errorf("the wheel alone, which is for the page, has drawn the graph %v wide instead of %v", got, before)
	}
	if got := wheel("ctrlKey: true"); got < 2*before {
		t.Errorf("with Ctrl and the wheel the graph is %v wide, before %v", got, before)
	}
	w.check("a graph drawn nearer")
	w.run("clicking twice", chromedp.Evaluate[chromedp.Void](`document.querySelector(".only-w .g").dispatchEvent(new MouseEvent("dblclick", {bubbles: true}))`))
	if got := value[float64](w, width); got != before {
		t.Errorf("after a double click the graph is %v wide, want %v as before", got, before)
	}
}

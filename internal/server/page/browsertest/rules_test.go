package browsertest

// rules are functions of JavaScript that list what is wrong with the page that is open.
var rules = []struct{ name, script string }{
	{"the page is to have one heading, a title and a language", `() => {
		const wrong = [], n = document.querySelectorAll("h1").length;
		if (n !== 1) wrong.push("it has " + n + " h1");
		if (!document.title) wrong.push("it has no title");
		if (!document.documentElement.lang) wrong.push("it has no language");
		return wrong;
	}`},
	{"hostile names are to stay text", `() => {
		const wrong = [...document.querySelectorAll("img, script:not([src^='/ui/static/']), iframe, [onerror], [onload], [style], style")].map(e => e.outerHTML.slice(0, 200));
		if (document.title === "pwned") wrong.push("its title was changed");
		return wrong;
	}`},
	{"the page is not to scroll sideways", `() => {
		const page = document.documentElement;
		if (page.scrollWidth <= page.clientWidth) return [];
		const wide = [...document.body.querySelectorAll("*")].filter(e => {
			if (e.getBoundingClientRect().right <= page.clientWidth + 1) return false;
			for (let p = e.parentElement; p; p = p.parentElement) if (getComputedStyle(p).overflowX !== "visible") return false;
			return true;
		});
		return [page.scrollWidth + " > " + page.clientWidth + ": " + wide.slice(0, 5).map(e => e.tagName + "." + (e.className.baseVal ?? e.className)).join(", ")];
	}`},
	{"ids are to be there once", `() => {
		const seen = new Set(), wrong = [];
		for (const e of document.querySelectorAll("[id]")) { if (seen.has(e.id)) wrong.push(e.id); seen.add(e.id); }
		return wrong;
	}`},
	{"links, buttons and fields are to have names", `() => {
		const visible = e => e.getClientRects().length > 0;
		const named = e => (e.getAttribute("aria-label") || e.textContent || e.value || "").trim() || document.querySelector("label[for='" + CSS.escape(e.id) + "']") || e.closest("label");
		return [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea")].filter(e => visible(e) && !named(e)).map(e => e.outerHTML.slice(0, 200));
	}`},
	{"what scrolls is to be reached with the keyboard", `() => [...document.querySelectorAll("*")].filter(e =>
		e !== document.documentElement && /auto|scroll/.test(getComputedStyle(e).overflowX) && e.scrollWidth > e.clientWidth + 1 && e.tabIndex < 0 && !e.querySelector("a[href], button") && e.clientWidth > 0 && !/^(INPUT|SELECT|TEXTAREA)$/.test(e.tagName)
	).map(e => e.outerHTML.slice(0, 120))`},
	{"texts of a node are to be within it", `() => {
		const wrong = [];
		for (const node of document.querySelectorAll(".g .n:not(.open)")) {
			const box = node.querySelector(".bx");
			if (!box || !node.getClientRects().length) continue;
			const outer = box.getBoundingClientRect();
			for (const text of node.querySelectorAll("text")) {
				const inner = text.getBoundingClientRect();
				if (inner.width && (inner.left < outer.left - 1 || inner.right > outer.right + 9)) wrong.push(text.textContent + ": " + inner.left + " to " + inner.right + " in " + outer.left + " to " + outer.right);
			}
		}
		return wrong;
	}`},
	{"each graph is to have a table or a list of its nodes", `() =>
		document.querySelector(".gw .g") && !document.querySelector("#nodes, textarea[name=definition]") ? ["there is none"] : []`},
}

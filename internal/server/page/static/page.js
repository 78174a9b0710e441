// What a page has beside what works without a script: it stays as it is by itself, knows the
// time zone of who looks, and has keys. Nothing here decides anything.
"use strict";
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  const known = document.cookie.split("; ").find((c) => c.startsWith("galley_zone="));
  if (zone && (!known || decodeURIComponent(known.slice(12)) !== zone)) {
    document.cookie = "galley_zone=" + encodeURIComponent(zone) + "; path=/; max-age=31536000; samesite=lax";
    if (document.cookie.includes("galley_zone=") && !document.querySelector("form input[type=password]")) { location.reload(); return; }
  }

  // Live: a change is told, the page is loaded again, and what differs is replaced.
  const stream = document.body.dataset.live;
  const sign = document.getElementById("live");
  const clock = () => new Date().toLocaleTimeString([], { hour12: false });
  const say = (text) => { if (sign) sign.textContent = text; };
  let busy = false, again = false;
  async function renew() {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin", headers: { Accept: "text/html" } });
      if (answer.redirected && new URL(answer.url).pathname === "/ui/sign-in") { location.reload(); return; }
      if (answer.ok) {
        replace(new DOMParser().parseFromString(await answer.text(), "text/html"));
        say("Live · " + clock());
      }
    } catch { /* the stream says so */ }
    setTimeout(() => { busy = false; if (again) { again = false; renew(); } }, 2000 + 2000 * Math.random());
  }
  function replace(next) {
    document.title = next.title;
    for (const fresh of next.querySelectorAll("[data-live]")) {
      const old = fresh.id && document.getElementById(fresh.id);
      if (!old || old.isEqualNode(fresh) || old.contains(document.activeElement) && document.activeElement !== document.body && !follows(old)) continue;
      const places = [...old.querySelectorAll(".scroll,.gw,.log")].map((e) => [e.scrollLeft, e.scrollTop, e.scrollHeight - e.scrollTop - e.clientHeight < 4]);
      const open = new Set([...old.querySelectorAll("details[open]")].map((e) => e.id || e.className));
      old.replaceWith(document.importNode(fresh, true));
      const now = document.getElementById(fresh.id);
      now.querySelectorAll("details").forEach((e) => { if (open.has(e.id || e.className)) e.open = true; });
      now.querySelectorAll(".scroll,.gw,.log").forEach((e, i) => {
        if (!places[i]) return;
        e.scrollLeft = places[i][0];
        e.scrollTop = places[i][2] && e.classList.contains("log") ? e.scrollHeight : places[i][1];
      });
    }
  }
  // A link that has the focus gets it back by its address.
  function follows(old) {
    const at = document.activeElement;
    const href = at && at.getAttribute && at.getAttribute("href");
    if (!href) return false;
    setTimeout(() => { const same = document.querySelector('#' + CSS.escape(old.id) + ' a[href="' + CSS.escape(href) + '"]'); if (same) same.focus({ preventScroll: true }); }, 0);
    return true;
  }
  if (stream && window.EventSource) {
    const source = new EventSource(stream);
    let lost = "";
    source.addEventListener("ready", () => { if (lost) renew(); lost = ""; document.body.classList.remove("stale"); say("Live · " + clock()); });
    source.addEventListener("beat", () => say("Live · " + clock()));
    source.addEventListener("changed", renew);
    source.onerror = () => { lost = lost || clock(); document.body.classList.add("stale"); say("Not live since " + lost + ", retrying"); };
  }

  // Keys. They are off in fields, and where somebody has switched them off.
  const off = () => localStorage.getItem("galley_keys") === "off";
  const go = { h: "/", r: "/ui/recipes", o: "/ui/orders", t: "/ui/types", q: "/ui/queue", f: "/ui/files" };
  let wait = 0;
  const rows = () => [...document.querySelectorAll(".need h3 a, tbody th a")];
  function step(by) {
    const all = rows(), at = all.indexOf(document.activeElement);
    const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)];
    if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); }
  }
  function inGraph(key) {
    const nodes = [...document.querySelectorAll(".g a")], at = document.activeElement;
    if (!nodes.includes(at)) return false;
    const box = (e) => e.getBoundingClientRect(), here = box(at);
    const sideways = key === "ArrowLeft" || key === "ArrowRight", sign = key === "ArrowRight" || key === "ArrowDown" ? 1 : -1;
    let best = null, least = Infinity;
    for (const n of nodes) {
      if (n === at) continue;
      const b = box(n), dx = (b.x - here.x) * (sideways ? sign : 1), dy = (b.y - here.y) * (sideways ? 1 : sign);
      const ahead = sideways ? dx : dy, aside = Math.abs(sideways ? dy : dx);
      if (ahead <= 1 || !sideways && aside > here.width) continue;
      const far = ahead + 2 * aside;
      if (far < least) { least = far; best = n; }
    }
    if (best) best.focus();
    return true;
  }
  document.addEventListener("keydown", (e) => {
    if (e.altKey || e.ctrlKey || e.metaKey || /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName)) return;
    if (e.key === "?") { location.href = "/ui/keys"; return; }
    if (off()) return;
    const link = (selector) => { const a = document.querySelector(selector); if (a) { e.preventDefault(); a.click(); } };
    if (wait && Date.now() - wait < 1500 && go[e.key]) { wait = 0; location.href = go[e.key]; return; }
    wait = 0;
    switch (e.key) {
      case "/": e.preventDefault(); document.getElementById("q")?.focus(); break;
      case "g": wait = Date.now(); break;
      case "j": step(1); break;
      case "k": step(-1); break;
      case "f": { const all = [...document.querySelectorAll(".g a:has(.n.fail), .need .fail h3 a, tr.fail th a")], at = all.indexOf(document.activeElement); all[(at + 1) % all.length]?.focus(); break; }
      case "l": link("a[data-key=log]"); break;
      case "+": link("a[data-key=in]"); break;
      case "-": link("a[data-key=out]"); break;
      case "0": link("a[data-key=fit]"); break;
      case "Escape": document.querySelector(".g a")?.focus(); break;
      case "ArrowLeft": case "ArrowRight": case "ArrowUp": case "ArrowDown": if (inGraph(e.key)) e.preventDefault(); break;
    }
  });
  const keys = document.getElementById("keys-switch");
  if (keys) {
    keys.hidden = false;
    const show = () => { keys.textContent = off() ? "Switch the keys on" : "Switch the keys off"; };
    keys.addEventListener("click", () => { localStorage.setItem("galley_keys", off() ? "on" : "off"); show(); });
    show();
  }

  // The graph can be dragged where it is larger than its frame.
  document.addEventListener("pointerdown", (e) => {
    const frame = e.target.closest && e.target.closest(".gw");
    if (!frame || e.button !== 0 || e.target.closest("a") || frame.scrollWidth <= frame.clientWidth && frame.scrollHeight <= frame.clientHeight) return;
    const x = e.clientX + frame.scrollLeft, y = e.clientY + frame.scrollTop;
    const move = (m) => { frame.scrollLeft = x - m.clientX; frame.scrollTop = y - m.clientY; };
    const stop = () => { removeEventListener("pointermove", move); removeEventListener("pointerup", stop); };
    addEventListener("pointermove", move); addEventListener("pointerup", stop);
  });
})();

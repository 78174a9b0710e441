// Graphs are drawn nearer and further by Ctrl and the wheel, or two fingers, around what the
// pointer is on; a double click beside the nodes takes it back. Without it the links above
// a graph do, and the bars of its frame.
"use strict";
(() => {
  const least = 0.25, most = 4;
  let scale = 1;
  const shown = (frame) => [...frame.querySelectorAll(".g")].find((g) => g.getClientRects().length > 0);
  function draw(svg) {
    const box = svg.viewBox.baseVal;
    svg.setAttribute("width", box.width * scale);
    svg.setAttribute("height", box.height * scale);
  }
  function zoom(frame, to, x, y) {
    const svg = shown(frame);
    const next = Math.min(Math.max(to, least), most);
    if (!svg || next === scale) return;
    const before = svg.getBoundingClientRect();
    const across = (x - before.left) / before.width, down = (y - before.top) / before.height;
    scale = next;
    draw(svg);
    const after = svg.getBoundingClientRect();
    frame.scrollLeft += after.left + across * after.width - x;
    frame.scrollTop += after.top + down * after.height - y;
  }
  const frameOf = (e) => e.target.closest && e.target.closest(".gw");
  document.addEventListener("wheel", (e) => {
    const frame = frameOf(e);
    if (!frame || !e.ctrlKey || !shown(frame)) return;
    e.preventDefault();
    zoom(frame, scale * Math.exp(-e.deltaY / 300), e.clientX, e.clientY);
  }, { passive: false });
  document.addEventListener("dblclick", (e) => {
    const frame = frameOf(e);
    if (frame && !e.target.closest("a")) zoom(frame, 1, e.clientX, e.clientY);
  });
  // What is live comes anew as large as it was made.
  new MutationObserver((changes) => {
    if (scale === 1) return;
    for (const change of changes) {
      for (const added of change.addedNodes) {
        if (added.querySelectorAll) added.querySelectorAll(".gw .g").forEach(draw);
      }
    }
  }).observe(document.documentElement, { childList: true, subtree: true });
})();

// What scrolls by itself can be scrolled by keyboard too: a table wider than its place takes the focus.
function mark(element) {
  const scrolls = element.scrollWidth > element.clientWidth || element.scrollHeight > element.clientHeight + 1;
  if (scrolls) element.tabIndex = 0;
  else element.removeAttribute("tabindex");
}

export function watchScrollable() {
  const seen = new WeakSet();
  const watch = new ResizeObserver((entries) => entries.forEach(({ target }) => mark(target)));
  const markAll = () => {
    for (const element of document.querySelectorAll(".table-wrap, [data-scrolls]")) {
      mark(element);
      if (!seen.has(element)) watch.observe(element);
      seen.add(element);
    }
  };
  markAll();
  document.body.addEventListener("htmx:afterSettle", markAll);
  document.body.addEventListener("toggle", markAll, true);
}

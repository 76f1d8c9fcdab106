// The theme board: the evidence behind a score on hover and focus, and rows by keyboard.
const GAP = 6;
const typing = (element) => element.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");

function fill(tip, cell) {
  const summary = document.createElement("b");
  summary.textContent = cell.dataset.summary;
  const list = document.createElement("ul");
  for (const [name, label, points, words] of JSON.parse(cell.dataset.parts)) {
    const item = document.createElement("li");
    const dot = document.createElement("i");
    dot.className = `dot part-${name}`;
    const [title, number, evidence] = [document.createElement("b"), document.createElement("span"), document.createElement("span")];
    title.textContent = label;
    number.className = "number";
    number.textContent = points;
    evidence.textContent = words;
    item.append(dot, title, number, evidence);
    list.append(item);
  }
  tip.replaceChildren(summary, list);
}

function show(tip, cell) {
  fill(tip, cell);
  tip.showPopover();
  const at = cell.getBoundingClientRect();
  const left = Math.max(GAP, Math.min(at.left, innerWidth - tip.offsetWidth - GAP));
  const below = at.bottom + GAP + tip.offsetHeight < innerHeight;
  tip.style.left = `${left}px`;
  tip.style.top = `${below ? at.bottom + GAP : at.top - GAP - tip.offsetHeight}px`;
  cell.setAttribute("aria-describedby", tip.id);
}

function watchEvidence(tip) {
  const cellOf = (event) => event.target.closest?.(".js-evidence");
  const hide = () => { if (tip.matches(":popover-open")) tip.hidePopover(); };
  for (const type of ["mouseover", "focusin"]) {
    document.addEventListener(type, (event) => {
      const cell = cellOf(event);
      if (cell) show(tip, cell);
    });
  }
  for (const type of ["mouseout", "focusout"]) {
    document.addEventListener(type, (event) => { if (cellOf(event)) hide(); });
  }
  document.addEventListener("scroll", hide, { passive: true });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
}

function step(by) {
  const rows = [...document.querySelectorAll(".board-row")];
  if (!rows.length) return;
  const now = rows.indexOf(document.activeElement?.closest(".board-row"));
  const next = rows[Math.max(0, Math.min(rows.length - 1, now < 0 ? 0 : now + by))];
  next.querySelector(".name > a").focus();
  next.scrollIntoView({ block: "nearest" });
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  x: () => document.activeElement?.closest(".board-row")?.querySelector("[name=pick]")?.click(),
  m: () => document.querySelector("[data-selection]:not([hidden]) button")?.click(),
  "/": () => document.querySelector("[data-hotkey='/']")?.focus(),
};

export function watchBoard() {
  const tip = document.getElementById("evidence");
  if (!tip) return;
  watchEvidence(tip);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (document.getElementById("dialog").open || !KEYS[event.key]) return;
    event.preventDefault();
    KEYS[event.key]();
  });
}

// The draft queue by keyboard. Keys come from the server's table and press the buttons that are on the page.
// The next item is fetched ahead and shown at once, while the server decides; it cannot be decided until the server has
// claimed it, and where the server refuses, the item before comes back with the reason.
import { QUIET } from "./requests.js";
import { showToast } from "./toasts.js";

const typing = (element) => element.closest("input, textarea, select, [contenteditable]");
const MOVES_ON = "[data-moves-on]";

let desk = null;
let ahead = null; // { of, html }: the item that follows the one called `of`, "" where none does
let fetching = null; // { of, abort }: on its way
let shown = null; // { before, preview }: while a decision is on its way
let waitingKey = "";

const current = () => [...desk.querySelectorAll(":scope > .desk")].find((item) => !item.hidden);

function press(action) {
  if (shown) {
    waitingKey = action; // it means the item that is seen, once that is claimed
    return;
  }
  if (action === "undo") {
    const undo = document.querySelector("#toasts [data-undo]") ?? desk.querySelector("[data-undo-decision]");
    if (undo) undo.click();
    else showToast(desk.dataset.nothingToUndo);
    return;
  }
  const button = document.querySelector(`[data-key="${action}"]`);
  if (button && !button.disabled) button.click();
}

async function fetchAhead() {
  const of = current()?.dataset.draft;
  if (!of || ahead?.of === of || fetching?.of === of) return;
  fetching?.abort.abort();
  const mine = { of, abort: new AbortController() };
  fetching = mine;
  ahead = null;
  try {
    const answer = await fetch(`/drafts/${of}/ahead`, { headers: { "HX-Request": "true" }, signal: mine.abort.signal });
    const html = answer.status === 200 ? await answer.text() : "";
    if (fetching === mine) ahead = { of, html };
  } catch {
    // the next item comes with the decision's answer, a little later
  } finally {
    if (fetching === mine) fetching = null;
  }
}

function showAhead() {
  const before = current();
  if (!before || ahead?.of !== before.dataset.draft) return;
  const preview = new DOMParser().parseFromString(ahead.html, "text/html").body.querySelector(".desk");
  if (!preview) return;
  preview.inert = true;
  before.hidden = true;
  before.after(preview);
  shown = { before, preview, id: preview.dataset.draft };
  window.scrollTo(0, 0);
}

function takeBack() {
  if (!shown) return;
  shown.preview.remove();
  shown.before.hidden = false;
  shown = null;
  waitingKey = "";
}

function settled() {
  const item = current();
  const expected = shown?.id;
  const key = waitingKey;
  shown = null;
  waitingKey = "";
  tick();
  if (item && !typing(document.activeElement)) item.focus({ preventScroll: true });
  fetchAhead();
  if (!key) return;
  if (item?.dataset.draft === expected) press(key);
  else showToast(desk.dataset.taken);
}

function watchSwaps() {
  desk.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, requestConfig } = event.detail;
    if (requestConfig.verb !== "post") return; // the editor's way out asks, it decides nothing
    if (elt.matches(MOVES_ON) || elt.matches(".editor")) showAhead();
  });
  for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.body.addEventListener(failure, (event) => event.detail.elt.matches(QUIET) || takeBack());
  }
  document.body.addEventListener("htmx:afterSettle", (event) => {
    const { elt, target } = event.detail;
    if (target === desk || elt === desk) settled();
    else if (target?.id === "reply" && !target.querySelector(".editor")) current()?.focus({ preventScroll: true });
  });
}

function light(numbers, on) {
  for (const number of numbers) document.getElementById(`source-${number}`)?.classList.toggle("lit", on);
}

function point(number) {
  const source = document.getElementById(`source-${number}`);
  if (!source) return;
  for (const lit of desk.querySelectorAll(".lit")) lit.classList.remove("lit");
  source.classList.add("lit");
  for (const sentence of desk.querySelectorAll(".sentence")) {
    sentence.classList.toggle("lit", sentence.dataset.sources.split(" ").includes(number));
  }
  source.scrollIntoView({ block: "nearest" });
}

function watchSentences() {
  const numbers = (event) => event.target.closest?.(".sentence")?.dataset.sources.split(" ").filter(Boolean) ?? [];
  for (const type of ["mouseover", "focusin"]) desk.addEventListener(type, (event) => light(numbers(event), true));
  for (const type of ["mouseout", "focusout"]) desk.addEventListener(type, (event) => light(numbers(event), false));
  desk.addEventListener("click", (event) => {
    const [first] = numbers(event);
    if (first) point(first);
  });
}

function tick() {
  const claim = current()?.querySelector(".js-claim");
  if (!claim) return;
  const left = Math.floor((Date.parse(claim.dataset.until) - Date.now()) / 1000);
  if (left <= 0) {
    claim.textContent = claim.dataset.late;
    claim.classList.add("late");
    return;
  }
  claim.classList.toggle("late", left < 60);
  claim.querySelector("time").textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
}

function keyTable() {
  const actions = new Map();
  for (const { key, action } of JSON.parse(desk.dataset.keys)) {
    const range = /^(\d)-(\d)$/.exec(key);
    if (!range) actions.set(key, action);
    else for (let digit = Number(range[1]); digit <= Number(range[2]); digit += 1) actions.set(String(digit), action);
  }
  return actions;
}

export function watchDesk() {
  desk = document.getElementById("desk");
  if (!desk) return;
  const actions = keyTable();
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (document.getElementById("dialog").open) return;
    const action = actions.get(event.key);
    if (!action) return;
    event.preventDefault();
    if (event.repeat) return; // a key held down decides one item, not the whole queue
    if (action === "source") point(event.key);
    else press(action);
  });
  watchSentences();
  watchSwaps();
  setInterval(tick, 1000);
  document.body.addEventListener("live:drafts", () => {
    if (shown) return;
    ahead = null;
    fetchAhead();
  });
  // a claim is given back when the moderator leaves; a beacon outlives the page
  window.addEventListener("pagehide", () => {
    const open = current();
    if (open?.dataset.release) navigator.sendBeacon(open.dataset.release);
  });
  // back from the browser's memory: the claim is gone, so the item is opened anew
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

// Drafts that are looked at together: a box can be ticked only once its post and reply were in view for long enough to
// be read. Space ticks the one in front and goes on to the next.
const LEAST_MS = 500;
const MS_A_CHARACTER = 12; // skimming, with the post before in mind
const MOST_MS = 2500;

const inView = new Set(); // what is not read yet
const waits = new Map();

function unlock(item) {
  const box = item.querySelector("[name=pick]");
  if (!box?.disabled || !item.isConnected) return;
  box.disabled = false;
  const state = document.getElementById(box.getAttribute("aria-describedby"));
  state.textContent = state.dataset.looked;
  item.dataset.read = "";
  count(item.closest("[data-batch]"));
}

function count(form) {
  const ticked = form.querySelectorAll("[name=pick]:checked").length;
  const button = form.querySelector("[data-approve]");
  button.disabled = ticked === 0;
  const words = button.querySelector("[data-count]");
  words.textContent = words.dataset.count.replace("#", String(ticked));
  const seen = form.querySelector("[data-seen]");
  seen.textContent = seen.dataset.seen.replace("#", String(form.querySelectorAll("[data-look][data-read]").length));
}

function startReading(item) {
  clearTimeout(waits.get(item));
  const reading = Math.min(MOST_MS, LEAST_MS + item.textContent.trim().length * MS_A_CHARACTER);
  waits.set(item, setTimeout(() => {
    inView.delete(item);
    unlock(item);
  }, reading));
}

function observe(form) {
  inView.clear(); // of the group before
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting, intersectionRatio, intersectionRect, rootBounds } of entries) {
      // an item taller than the screen counts as in view while it fills the screen
      const seen = isIntersecting && (intersectionRatio > 0.95 || intersectionRect.height > rootBounds.height * 0.8);
      clearTimeout(waits.get(target));
      inView.delete(target);
      if (!seen || "read" in target.dataset) continue;
      inView.add(target);
      if (!document.hidden) startReading(target);
    }
  }, { threshold: [0, 0.25, 0.5, 0.75, 0.96, 1] });
  for (const item of form.querySelectorAll("[data-look]")) observer.observe(item);
}

function step(form, by) {
  const items = [...form.querySelectorAll("[data-look]")];
  const at = items.indexOf(document.activeElement?.closest?.("[data-look]"));
  const next = items[Math.min(Math.max(at + by, 0), items.length - 1)];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "center" });
}

function watchKeys(place) {
  document.addEventListener("keydown", (event) => {
    const form = place.querySelector("[data-batch]");
    if (!form || event.ctrlKey || event.metaKey || event.altKey || document.getElementById("dialog").open) return;
    if (event.key === "j") step(form, 1);
    else if (event.key === "k") step(form, -1);
    else if (event.key === " " && document.activeElement?.matches("[data-look]")) {
      event.preventDefault();
      const box = document.activeElement.querySelector("[name=pick]");
      if (box.disabled || event.repeat) return;
      box.click();
      if (box.checked) step(form, 1);
    }
  });
}

export function watchBatch() {
  const place = document.getElementById("batch");
  if (!place) return;
  place.addEventListener("change", (event) => count(event.target.closest("[data-batch]")));
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target !== place && event.detail.elt !== place) return;
    const form = place.querySelector("[data-batch]");
    if (!form?.querySelector("[data-look]") || "watched" in form.dataset) return;
    form.dataset.watched = ""; // the event comes once for each piece that was swapped in
    observe(form);
    step(form, 1);
  });
  watchKeys(place);
  document.addEventListener("visibilitychange", () => { // nobody reads in a hidden window
    for (const item of inView) {
      if (document.hidden) clearTimeout(waits.get(item));
      else startReading(item);
    }
  });
  // claims are given back when the moderator leaves
  window.addEventListener("pagehide", () => {
    const held = [...place.querySelectorAll("[data-look]")].map((item) => ["draft", item.dataset.look]);
    if (held.length) navigator.sendBeacon("/drafts/groups/release", new URLSearchParams(held));
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

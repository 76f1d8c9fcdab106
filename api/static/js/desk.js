// The draft queue by keyboard: keys come from the server's table, and press the buttons that are on the page.
const typing = (element) => element.closest("input, textarea, select, [contenteditable]");

function press(action) {
  if (action === "undo") {
    document.querySelector("#toasts [data-undo]")?.click();
    return;
  }
  const button = document.querySelector(`[data-key="${action}"]`);
  if (button && !button.disabled) button.click();
}

function light(numbers, on) {
  for (const number of numbers) document.getElementById(`source-${number}`)?.classList.toggle("lit", on);
}

function watchSentences(desk) {
  const numbers = (event) => event.target.closest?.(".sentence")?.dataset.sources.split(" ").filter(Boolean) ?? [];
  for (const type of ["mouseover", "focusin"]) desk.addEventListener(type, (event) => light(numbers(event), true));
  for (const type of ["mouseout", "focusout"]) desk.addEventListener(type, (event) => light(numbers(event), false));
}

function tick() {
  const claim = document.querySelector(".js-claim");
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

export function watchDesk() {
  const desk = document.getElementById("desk");
  if (!desk) return;
  const actions = new Map(JSON.parse(desk.dataset.keys).map(({ key, action }) => [key, action]));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (document.getElementById("dialog").open) return;
    const action = actions.get(event.key);
    if (!action) return;
    event.preventDefault();
    press(action);
  });
  watchSentences(desk);
  setInterval(tick, 1000);
  desk.addEventListener("htmx:afterSettle", tick);
  // a claim is given back when the moderator leaves; a beacon outlives the page
  window.addEventListener("pagehide", () => {
    const open = desk.querySelector("[data-release]");
    if (open) navigator.sendBeacon(open.dataset.release);
  });
}

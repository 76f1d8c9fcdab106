// A bar while a request is on its way; the truth when it fails. What was sent once is not sent twice.
import { showToast } from "./toasts.js";

const SENDS = "button:not([type=button], [type=reset]), input[type=submit]";
export const QUIET = ".job, [data-jobs], [data-quiet]"; // parts that follow along by themselves
let leaving = []; // buttons of a page that its answer replaces

const sendersOf = (asker) => {
  if (asker.matches("form")) return [...asker.elements].filter((field) => field.matches(SENDS) && !field.disabled);
  return asker.matches("button:enabled") ? [asker] : [];
};

/** Where somebody writes, the end of a session must not take their words away with the page. */
const stays = ({ elt, xhr }) => xhr.getResponseHeader("HX-Redirect")?.startsWith("/signin") && elt.closest?.("[data-stays]");

/** A second click must not repeat what the first one asked for: its buttons wait for the answer. */
function waitForAnswer({ elt, xhr, requestConfig }) {
  if (requestConfig.verb === "get") return;
  const senders = sendersOf(elt);
  if (!senders.length) return;
  const focused = document.activeElement;
  for (const sender of senders) sender.disabled = true;
  xhr.addEventListener("loadend", () => {
    if (xhr.getResponseHeader("HX-Redirect") && !stays({ elt, xhr })) {
      leaving.push(...senders);
      return;
    }
    for (const sender of senders) sender.disabled = false;
    // a button that is disabled loses the focus: it gets it back, or what stands in its place does
    if (!senders.includes(focused) || (document.activeElement ?? document.body) !== document.body) return;
    const heir = focused.isConnected ? focused : focused.id && document.getElementById(focused.id);
    if (heir) heir.focus({ preventScroll: true });
  });
}

export function watchRequests() {
  const { body } = document;
  let pending = 0;
  const count = (change) => {
    pending = Math.max(0, pending + change);
    body.classList.toggle("busy", pending > 0);
  };
  // who asked may be gone from the page when the answer is there
  const asker = (event) => event.detail.requestConfig?.elt ?? event.detail.elt;
  const quiet = (event) => asker(event).matches?.(QUIET);
  // nobody waits for what follows along by itself: its failure must not take the place of what somebody writes
  body.addEventListener("htmx:configRequest", (event) => {
    if (quiet(event)) event.detail.headers["X-Background"] = "1";
  });
  body.addEventListener("htmx:beforeRequest", (event) => quiet(event) || count(1));
  body.addEventListener("htmx:afterRequest", (event) => quiet(event) || count(-1));
  body.addEventListener("htmx:beforeRequest", (event) => waitForAnswer(event.detail));
  body.addEventListener("htmx:beforeOnLoad", (event) => {
    const place = stays(event.detail);
    if (!place) return;
    event.preventDefault();
    showToast(place.dataset.stays);
  });
  window.addEventListener("pageshow", () => { // back from the browser's memory
    for (const sender of leaving) sender.disabled = false;
    leaving = [];
  });
  for (const failure of ["htmx:sendError", "htmx:timeout"]) {
    body.addEventListener(failure, (event) => quiet(event) || showToast(body.dataset.offline));
  }
  body.addEventListener("keydown", (event) => {
    if (event.key === "Escape") event.target.closest?.("form")?.querySelector("[data-escape]")?.click();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.target.closest?.("form")?.querySelector("[data-submit-key]")?.click();
    }
  });
  body.addEventListener("htmx:afterSettle", (event) => {
    event.detail.elt.querySelector?.("[autofocus]")?.focus();
  });
}

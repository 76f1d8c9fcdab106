// A bar while a request is on its way; the truth when it fails.
import { showToast } from "./toasts.js";

export function watchRequests() {
  const { body } = document;
  let pending = 0;
  const count = (change) => {
    pending = Math.max(0, pending + change);
    body.classList.toggle("busy", pending > 0);
  };
  // who asked may be gone from the page when the answer is there
  const asker = (event) => event.detail.requestConfig?.elt ?? event.detail.elt;
  const quiet = (event) => asker(event).matches?.(".job, [data-jobs], [data-quiet]");
  body.addEventListener("htmx:beforeRequest", (event) => quiet(event) || count(1));
  body.addEventListener("htmx:afterRequest", (event) => quiet(event) || count(-1));
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

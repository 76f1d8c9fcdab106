const FIRST_FIELD = "input:not([type=hidden]), textarea, select";

// One dialog: opens when something is put into it, closes on Escape, on its buttons and on a click beside it.
export function watchDialog() {
  const dialog = document.getElementById("dialog");
  if (!dialog) return;
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== dialog || !dialog.firstElementChild) return;
    if (!dialog.open) dialog.showModal();
    (dialog.querySelector("[autofocus]") ?? dialog.querySelector(FIRST_FIELD))?.focus();
  });
  dialog.addEventListener("close", () => dialog.replaceChildren());
  let pressed = null; // a selection that is dragged out of the sheet ends beside it, and is no wish to leave
  dialog.addEventListener("pointerdown", (event) => { pressed = event.target; });
  dialog.addEventListener("click", ({ target }) => {
    const beside = target === dialog && pressed === dialog && !dialog.querySelector("[data-shown-once]");
    if (beside || target.closest("[data-close-dialog]")) dialog.close();
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && event.detail.elt.closest("[data-close-after]")) dialog.close();
  });
}

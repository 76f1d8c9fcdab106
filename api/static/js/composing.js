// While an input method composes, keys are its own: Escape takes back its letters and not the reply. And half a word in
// letters is nothing to search for; what stands there once it is chosen is.
const COMPOSING = 229; // Safari ends the composition before it tells of the key that ended it

export function watchComposing() {
  window.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === COMPOSING) event.stopImmediatePropagation();
  }, true);
  window.addEventListener("input", (event) => { if (event.isComposing) event.stopImmediatePropagation(); }, true);
  window.addEventListener("compositionend", ({ target }) => target.dispatchEvent(new Event("input", { bubbles: true })));
}

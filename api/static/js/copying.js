// Copies a text, also where the page is served without encryption and the clipboard is not offered to scripts.
function byField(text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.setAttribute("readonly", "");
  field.className = "visually-hidden";
  (document.querySelector("dialog[open]") ?? document.body).append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return byField(text);
  }
}

export function watchCopying() {
  document.body.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy], [data-copy-from]");
    if (!button) return;
    const { copy, copyFrom } = button.dataset;
    if (!(await copied(copy ?? document.querySelector(copyFrom).value))) return;
    const words = button.querySelector("span");
    words.textContent = button.dataset.copied;
    button.setAttribute("aria-live", "polite");
  });
}

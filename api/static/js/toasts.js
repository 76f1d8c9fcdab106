// Toasts leave by themselves, except errors; hovering or focusing keeps them.
const SHOWN_MS = 12000;

function watch(toast) {
  if (toast.dataset.watched) return;
  toast.dataset.watched = "1";
  if (toast.classList.contains("bad")) return;
  let timer = 0;
  const start = () => { timer = setTimeout(() => toast.remove(), SHOWN_MS); };
  const stop = () => clearTimeout(timer);
  for (const [event, act] of [["mouseenter", stop], ["focusin", stop], ["mouseleave", start], ["focusout", start]]) {
    toast.addEventListener(event, act);
  }
  start();
}

export function showToast(words) {
  const toast = document.createElement("div");
  toast.className = "toast bad";
  toast.setAttribute("role", "alert");
  const text = document.createElement("span");
  text.textContent = words;
  const close = document.createElement("button");
  close.className = "button small close";
  close.dataset.dismiss = "";
  close.setAttribute("aria-label", document.body.dataset.close);
  close.textContent = "×";
  toast.append(text, close);
  document.getElementById("toasts").replaceChildren(toast);
}

export function watchToasts() {
  const place = document.getElementById("toasts");
  place.addEventListener("click", (event) => {
    if (event.target.closest("[data-dismiss]")) event.target.closest(".toast").remove();
  });
  new MutationObserver(() => place.querySelectorAll("[data-toast]").forEach(watch)).observe(place, { childList: true });
  place.querySelectorAll("[data-toast]").forEach(watch);
}

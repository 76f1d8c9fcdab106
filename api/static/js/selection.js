// Shows what can be done with the ticked rows of a list, and how many are ticked.
function refresh(list) {
  const bar = list.querySelector("[data-selection]");
  if (!bar) return;
  const ticked = list.querySelectorAll("input[type=checkbox]:checked").length;
  bar.hidden = ticked < Number(bar.dataset.least);
  const words = bar.querySelector("[data-count]");
  words.textContent = words.dataset.count.replace("#", String(ticked));
}

export function watchSelection() {
  document.body.addEventListener("change", (event) => {
    const list = event.target.closest("[data-selectable]");
    if (list) refresh(list);
  });
  document.querySelectorAll("[data-selectable]").forEach(refresh);
}

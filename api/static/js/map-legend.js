// The list of themes beside the map: a search that narrows it, and a press that lights a theme on the map.
export function watchLegend({ onlight, onhover }) {
  const list = document.getElementById("map-list");
  const search = document.getElementById("map-q");
  const rows = () => [...list.querySelectorAll("[data-theme-row]")];
  const rowOf = (event) => event.target.closest?.("[data-theme-row]");
  let lit = null;
  const press = (id) => {
    lit = id;
    for (const row of rows()) row.querySelector("button").setAttribute("aria-pressed", String(row.dataset.themeRow === id));
  };
  const narrow = () => {
    const wanted = search.value.trim().toLowerCase();
    let seen = 0;
    for (const row of rows()) {
      row.hidden = !row.dataset.name.toLowerCase().includes(wanted);
      seen += row.hidden ? 0 : 1;
    }
    const none = document.getElementById("map-none");
    if (none) none.hidden = seen > 0;
  };
  list.addEventListener("click", (event) => {
    if (!event.target.closest("button")) return;
    const id = rowOf(event).dataset.themeRow;
    press(lit === id ? null : id);
    onlight(lit);
  });
  list.addEventListener("pointerover", (event) => onhover(rowOf(event)?.dataset.themeRow ?? null));
  list.addEventListener("pointerleave", () => onhover(null));
  search.addEventListener("input", narrow);
  return {
    press,
    // the rows are others: what was searched for and what is lit stay
    renew: () => {
      press(lit);
      narrow();
    },
  };
}

// The list of themes beside the map: a search that narrows it, and a press that lights a theme on the map.
export function watchLegend({ onlight, onhover }) {
  const rows = [...document.querySelectorAll("[data-theme-row]")];
  const none = document.getElementById("map-none");
  const buttons = new Map(rows.map((row) => [row.dataset.themeRow, row.querySelector("button")]));
  const press = (id) => {
    for (const [theme, button] of buttons) button.setAttribute("aria-pressed", String(theme === id));
  };
  for (const row of rows) {
    const id = row.dataset.themeRow;
    const button = buttons.get(id);
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      press(on ? id : null);
      onlight(on ? id : null);
    });
    row.addEventListener("pointerenter", () => onhover(id));
    row.addEventListener("pointerleave", () => onhover(null));
  }
  document.getElementById("map-q").addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    let seen = 0;
    for (const row of rows) {
      row.hidden = !row.dataset.name.toLowerCase().includes(wanted);
      seen += row.hidden ? 0 : 1;
    }
    none.hidden = seen > 0;
  });
  return { press };
}

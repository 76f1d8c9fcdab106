// The switch offers the other of light and dark, also where the system's setting decides.
export function watchAppearance() {
  const set = document.documentElement.dataset.theme;
  if (set) return;
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  for (const button of document.querySelectorAll(".js-appearance")) {
    button.value = dark ? "light" : "dark";
    const use = button.querySelector("use");
    use?.setAttribute("href", use.getAttribute("href").replace(/#\w+$/, dark ? "#sun" : "#moon"));
  }
}

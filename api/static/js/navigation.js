// The tab bar of a narrow screen scrolls sideways: it begins where one is.
export function showCurrent() {
  const bar = document.querySelector(".nav ul");
  const current = bar?.querySelector("a[aria-current]");
  if (current && bar.scrollWidth > bar.clientWidth) bar.scrollLeft = current.offsetLeft - (bar.clientWidth - current.offsetWidth) / 2;
}

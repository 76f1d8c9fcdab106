// The name of the chosen file where the browser's own words would be, and a file may be dropped on the field.
export function watchUpload() {
  for (const drop of document.querySelectorAll(".drop")) {
    const input = drop.querySelector("input");
    const words = drop.querySelector("[data-file-name]");
    const before = words.textContent;
    input.addEventListener("change", () => { words.textContent = input.files[0]?.name ?? before; });
    for (const [event, over] of [["dragenter", true], ["dragleave", false], ["drop", false]]) {
      drop.addEventListener(event, () => drop.classList.toggle("over", over));
    }
  }
}

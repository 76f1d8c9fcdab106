// The name of the chosen file where the browser's own words would be, a file may be dropped on the field, and its
// beginning is shown before anything is sent in earnest.
const BEGINNING = 256 * 1024; // bytes; a workbook can only be opened whole

function watchPreview(form) {
  const place = form.querySelector("#preview");
  if (!place) return;
  const ask = (target) => {
    if (!form.elements.file.files.length) return;
    if (target?.matches("[data-forget-columns], [type=file]")) place.replaceChildren();
    window.htmx.trigger(place, "preview");
  };
  form.addEventListener("change", (event) => {
    if (event.target.matches("[type=file], [data-preview-again]")) ask(event.target);
  });
  document.body.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt !== place) return;
    const [file] = form.elements.file.files;
    if (!/\.xls[xm]$/i.test(file.name)) event.detail.formData.set("file", file.slice(0, BEGINNING), file.name);
  });
}

export function watchUpload() {
  for (const drop of document.querySelectorAll(".drop")) {
    const input = drop.querySelector("input");
    const words = drop.querySelector("[data-file-name]");
    const before = words.textContent;
    input.addEventListener("change", () => { words.textContent = input.files[0]?.name ?? before; });
    for (const [event, over] of [["dragenter", true], ["dragleave", false], ["drop", false]]) {
      drop.addEventListener(event, () => drop.classList.toggle("over", over));
    }
    watchPreview(input.form);
  }
}

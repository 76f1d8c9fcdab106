// The address of a list names the filters that are set and no others, and one search is one step back, however it was typed.
export function watchAddresses() {
  const { body } = document;
  let typed = false; // whether the step before was typed, too
  body.addEventListener("htmx:configRequest", (event) => {
    const { elt, formData, triggeringEvent } = event.detail;
    if (!elt.matches("form[hx-push-url]")) return;
    // words were searched for as they were typed; leaving their field asks for nothing new
    if (triggeringEvent?.type === "change" && triggeringEvent.target.matches("[type=search]")) event.preventDefault();
    const names = [...new Set(formData.keys())];
    const empty = names.filter((name) => !formData.get(name));
    // one stays: without any wish an address may mean the view that somebody opens with
    for (const name of empty.length < names.length ? empty : empty.slice(1)) formData.delete(name);
  });
  body.addEventListener("htmx:beforeHistoryUpdate", ({ detail: { history, requestConfig } }) => {
    const typing = requestConfig.triggeringEvent?.type === "input";
    const same = new URL(history.path, location).href === location.href;
    if (history.type === "push" && (same || (typing && typed))) history.type = "replace";
    if (!same) typed = typing;
  });
}

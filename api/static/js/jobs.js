// The list of jobs follows along: a row that moved is asked for anew, a job that is new comes on top.
export function watchJobs() {
  const list = document.querySelector("[data-jobs]");
  if (!list) return;
  const { htmx } = window;
  const moved = (row) => htmx.trigger(row, "moved");
  const shown = (id) => document.getElementById(id);

  // one after the other: of several requests of one element HTMX keeps only the latest waiting
  let asking = Promise.resolve();
  const askForRow = (id) => {
    asking = asking
      .then(() => shown(id) ?? htmx.ajax("GET", `/jobs/${id}/row`, { source: list, target: list, swap: "afterbegin" }))
      .catch(() => {}); // the next one is asked for all the same
  };

  document.body.addEventListener("live:jobs", ({ detail: { ids } }) => {
    if (!ids.length) list.querySelectorAll("[data-job-live]").forEach(moved);
    for (const id of ids) {
      const row = shown(id);
      if (row) moved(row);
      else askForRow(id);
    }
  });
  // a job's end is seen by its row being live no longer: then there is a new file, too
  document.body.addEventListener("htmx:afterSwap", (event) => {
    const row = shown(event.detail.target.id);
    if (event.detail.target === list) document.querySelector("[data-no-jobs]")?.remove();
    if (event.detail.target.matches?.("[data-job-live]") && row && !row.matches("[data-job-live]")) {
      htmx.ajax("GET", "/jobs/sources", { source: "#sources", target: "#sources", swap: "innerHTML" });
    }
  });
}

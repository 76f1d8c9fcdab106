// The live channel: the server says which topic changed, and parts of the page that listen for "live:TOPIC" refresh.
// Open only while the page is seen (browsers allow six connections a site), and told on return what was missed.
const TOPICS = ["themes", "drafts", "ballot", "jobs", "knowledge", "people"];
const FIRST_MS = 1200; // the page's own requests come first
const LONGEST_MS = 30000;
const SILENT_MS = 50000; // the server beats every 20 seconds
const UNNOTICED_MS = 2500; // a gap as short as this needs no words

export function watchLive() {
  const { body } = document;
  const address = body.dataset.live;
  if (!address) return;
  const sign = document.getElementById("live");
  let source = null;
  let lastId = body.dataset.since; // what happened since the page was made
  let failures = 0;
  let retry = 0;
  let watchdog = 0;
  let worry = 0;

  const told = (connected) => {
    body.dataset.connected = connected ? "yes" : "no";
    clearTimeout(worry);
    if (connected) sign.hidden = true;
    else worry = setTimeout(() => { sign.hidden = document.hidden; }, UNNOTICED_MS);
  };
  const alive = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(lost, SILENT_MS);
  };
  const close = () => {
    clearTimeout(retry);
    clearTimeout(watchdog);
    source?.close();
    source = null;
  };
  function lost() {
    close();
    told(false);
    if (document.hidden) return;
    failures += 1;
    const pause = Math.min(LONGEST_MS, 1000 * 2 ** Math.min(failures, 6));
    retry = setTimeout(open, pause * (0.7 + 0.6 * Math.random()));
  }
  function open() {
    if (document.hidden) return; // the return to the page opens it
    close();
    source = new EventSource(lastId ? `${address}?since=${lastId}` : address);
    const heard = (event) => {
      lastId = event.lastEventId || lastId;
      failures = 0;
      told(true);
      alive();
    };
    source.addEventListener("hello", heard);
    source.addEventListener("beat", heard);
    for (const topic of TOPICS) {
      source.addEventListener(topic, (event) => {
        heard(event);
        body.dispatchEvent(new CustomEvent(`live:${topic}`, { detail: JSON.parse(event.data) }));
      });
    }
    source.onerror = lost;
    alive();
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) close();
    else if (!source) open();
  });
  window.addEventListener("offline", lost);
  window.addEventListener("online", open);
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  sign.querySelector("button")?.addEventListener("click", open);
  retry = setTimeout(open, FIRST_MS);
}

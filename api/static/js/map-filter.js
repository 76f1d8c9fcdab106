// What the filters let through: the server lists it, the address of the list stands in the legend it sends.
import { loadFitting, NO_THEME } from "./map-data.js";

export class Filter {
  // onchange: called when other points fit; onfail: when it could not be told which
  constructor(data, onchange, onfail) {
    this.data = data;
    this.onchange = onchange;
    this.onfail = onfail;
    this.source = null;
    this.clear();
    // the address may name filters before the legend that tells what fits is there: until then nothing counts as shown
    const named = [...new URLSearchParams(location.search)].some(([name, value]) => value && name !== "theme");
    if (named) {
      this.take(new Uint8Array(data.count));
      this.share = 1;
    }
  }

  clear() {
    this.asked = ""; // the filters that what is shown fits, as parameters of an address
    this.fits = null; // a byte a point; null where nothing is filtered
    this.counts = null; // fitting points by theme number
    this.share = 1;
  }

  seen(i) { return !this.fits || this.fits[i] === 1; }

  // Reads what stands in the legend now; of two answers on their way the later question counts.
  async renew() {
    const found = document.getElementById("map-found");
    if (!found || found.dataset.fitting === this.source) return;
    const { fitting: source, asked } = found.dataset;
    this.source = source;
    this.waiting?.abort();
    if (source) {
      this.waiting = new AbortController();
      try {
        this.take(await loadFitting(source, this.data, this.waiting.signal));
        this.asked = asked;
      } catch (reason) {
        if (reason.name !== "AbortError") this.onfail();
        return;
      }
    } else this.clear();
    this.onchange();
  }

  take(fits) {
    const { of, themes, count } = this.data;
    this.fits = fits;
    this.counts = new Uint32Array(themes.length);
    let total = 0;
    for (let i = 0; i < count; i += 1) {
      if (!fits[i]) continue;
      total += 1;
      if (of[i] !== NO_THEME) this.counts[of[i]] += 1;
    }
    this.share = total / Math.max(count, 1);
  }
}

// The theme that is lit belongs to the address, so that it can be shared, and to what the form asks next.
export function addressTheme(id) {
  const field = document.getElementById("map-theme");
  if (field) field.value = id ?? "";
  const address = new URL(location.href);
  if (id) address.searchParams.set("theme", id);
  else address.searchParams.delete("theme");
  history.replaceState(history.state, "", address);
}

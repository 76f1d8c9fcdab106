// What the filters let through: the server lists it, the address of the list stands in the legend it sends.
import { loadFitting, NO_THEME } from "./map-data.js";

export class Filter {
  // onchange: called when other points fit; onfail: when it could not be told which
  constructor(data, onchange, onfail) {
    this.data = data;
    this.onchange = onchange;
    this.onfail = onfail;
    this.source = "";
    this.clear();
  }

  clear() {
    this.fits = null; // a byte a point; null where nothing is filtered
    this.counts = null; // fitting points by theme number
    this.share = 1;
  }

  seen(i) { return !this.fits || this.fits[i] === 1; }

  // Reads what stands in the legend now; of two answers on their way the later question counts.
  async renew() {
    const source = document.getElementById("map-found")?.dataset.fitting ?? "";
    if (source === this.source) return;
    this.source = source;
    this.waiting?.abort();
    if (source) {
      this.waiting = new AbortController();
      try {
        this.take(await loadFitting(source, this.data, this.waiting.signal));
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

// As parameters of an address, the filters that are set.
export function asked() {
  const form = document.getElementById("map-filters");
  const set = form ? [...new FormData(form)].filter(([name, value]) => value && name !== "theme") : [];
  return new URLSearchParams(set).toString();
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

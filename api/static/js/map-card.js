// The card beside the pointer: what the point says. The server writes it; each is asked for once.
const WAIT_MS = 90; // a pointer on its way elsewhere asks nothing
const KEPT = 300;

export class PointCard {
  constructor(card, stage) {
    this.card = card;
    this.stage = stage;
    this.known = new Map(); // number -> html
    this.number = null;
    this.pinned = false;
  }

  // at: [left, top] on the stage
  show(number, at, pin = false) {
    if (this.pinned && !pin) return;
    this.pinned = pin;
    if (number === this.number) {
      this.card.classList.toggle("pinned", pin);
      return;
    }
    this.number = number;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fill(number, at), this.known.has(number) || pin ? 0 : WAIT_MS);
  }

  hide() {
    clearTimeout(this.timer);
    this.number = null;
    this.pinned = false;
    this.card.hidden = true;
  }

  async fill(number, at) {
    if (!this.known.has(number)) {
      const answer = await fetch(`/map/points/${number}`, { headers: { "HX-Request": "true" } }).catch(() => null);
      if (!answer?.ok || answer.headers.has("HX-Redirect")) return;
      if (this.known.size >= KEPT) this.known.clear();
      this.known.set(number, await answer.text());
    }
    if (number !== this.number) return;
    // written by our own server, which escapes what people said
    this.card.innerHTML = this.known.get(number);
    this.card.hidden = false;
    this.card.classList.toggle("pinned", this.pinned);
    const { offsetWidth: wide, offsetHeight: high } = this.card;
    const { clientWidth, clientHeight } = this.stage;
    const left = at[0] + 16 + wide > clientWidth ? at[0] - wide - 16 : at[0] + 16;
    const top = at[1] + 12 + high > clientHeight ? at[1] - high - 12 : at[1] + 12;
    this.card.style.left = `${Math.min(Math.max(left, 8), Math.max(clientWidth - wide - 8, 8))}px`;
    this.card.style.top = `${Math.min(Math.max(top, 8), Math.max(clientHeight - high - 8, 8))}px`;
  }
}

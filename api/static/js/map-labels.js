// Names over the islands: the largest that fit without covering each other, more of them the closer one looks.
const MOST = 60;
const GAP = 4;
const SMALLEST = 11; // pixels of an island's radius below which it goes unnamed
const NAME = /^(.+?)（(.+)）$/; // a name and, in brackets, what it is about

const parts = (name) => name.match(NAME)?.slice(1) ?? [name, ""];

export class Labels {
  constructor(place, themes) {
    this.place = place;
    this.themes = themes;
    this.shown = new Map(); // theme number -> element
    this.sizes = new Map();
    this.count(null);
  }

  // counts: mentions to name themes by, by theme number; null for all they have. Themes without go unnamed.
  count(counts) {
    this.order = this.themes
      .map((theme, number) => ({ theme, number, mentions: counts ? counts[number] : theme.mentions }))
      .filter(({ mentions }) => mentions > 0)
      .sort((a, b) => b.mentions - a.mentions);
    for (const label of this.shown.values()) label.remove();
    this.shown.clear();
    this.sizes.clear();
    this.heads = new Map(); // how many names begin alike
    for (const { theme } of this.order) {
      const [head] = parts(theme.name);
      this.heads.set(head, (this.heads.get(head) ?? 0) + 1);
    }
  }

  make({ theme, number, mentions }) {
    const label = document.createElement("span");
    label.className = "map-label";
    const [head, about] = parts(theme.name);
    const name = document.createElement("b");
    const full = this.heads.get(head) > 1 && about ? `${head} · ${about.split(/[、,，]/)[0]}` : head;
    name.textContent = full.length > 16 ? `${full.slice(0, 15)}…` : full;
    const small = document.createElement("small");
    small.textContent = about.length > 10 ? `${about.slice(0, 10)}…` : about || mentions.toLocaleString();
    label.append(name, small);
    this.place.append(label);
    this.shown.set(number, label);
    this.sizes.set(number, [label.offsetWidth, label.offsetHeight, name.offsetWidth, name.offsetHeight]);
    return label;
  }

  // Where the name of an island goes: its middle, or what is seen of it nearest to that where one is close.
  spot(theme, radius, camera) {
    let [x, y] = camera.toScreen(theme.x, theme.y);
    const within = Math.hypot(x - camera.width / 2, y - camera.height / 2) < radius;
    if (within) {
      x = Math.min(Math.max(x, 90), camera.width - 90);
      y = Math.min(Math.max(y, 64), camera.height - 40);
    }
    return [x, y];
  }

  draw(camera, lit) {
    const taken = [];
    const keep = new Set();
    for (const entry of this.order) {
      const { theme, number } = entry;
      if (keep.size >= MOST) break;
      const radius = theme.radius * camera.zoom;
      if (lit !== number && (radius < SMALLEST || lit !== null) && !(theme.radius === 0 && camera.times() > 1.5)) continue;
      const [x, y] = this.spot(theme, radius, camera);
      if (x < -60 || y < -20 || x > camera.width + 60 || y > camera.height + 20) continue;
      const label = this.shown.get(number) ?? this.make(entry);
      const [wholeWide, wholeHigh, nameWide, nameHigh] = this.sizes.get(number);
      const brief = lit !== number && wholeWide > 2.1 * radius; // no room for the second line
      const [wide, high] = brief ? [nameWide + 8, nameHigh] : [wholeWide, wholeHigh];
      const box = [x - wide / 2 - GAP, y - high / 2 - GAP, x + wide / 2 + GAP, y + high / 2 + GAP];
      if (taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) continue;
      taken.push(box);
      keep.add(number);
      label.style.transform = `translate(${Math.round(x - wide / 2)}px, ${Math.round(y - high / 2)}px)`;
      label.classList.toggle("lit", lit === number);
      label.classList.toggle("brief", brief);
    }
    for (const [number, label] of this.shown) label.hidden = !keep.has(number);
  }
}

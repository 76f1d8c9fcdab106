// Names over the islands: the largest that fit without covering each other, more of them the closer one looks.
const MOST = 60;
const GAP = 6;

export class Labels {
  constructor(place, themes) {
    this.place = place;
    this.shown = new Map(); // theme number -> element
    this.order = themes
      .map((theme, number) => ({ theme, number }))
      .sort((a, b) => b.theme.mentions - a.theme.mentions);
    this.widths = new Map();
  }

  make({ theme, number }) {
    const label = document.createElement("span");
    label.className = "map-label";
    const name = document.createElement("b");
    name.textContent = theme.name.length > 16 ? `${theme.name.slice(0, 15)}…` : theme.name;
    const count = document.createElement("small");
    count.textContent = theme.mentions.toLocaleString();
    label.append(name, count);
    this.place.append(label);
    this.shown.set(number, label);
    return label;
  }

  draw(camera, lit) {
    const taken = [];
    const keep = new Set();
    for (const entry of this.order) {
      const { theme, number } = entry;
      if (keep.size >= MOST) break;
      if (!theme.mentions) continue;
      const radius = theme.radius * camera.zoom;
      if (radius < 9 && lit !== number && camera.times() < 4) continue;
      if (lit !== null && lit !== number && radius < 30) continue;
      const [x, y] = camera.toScreen(theme.x, theme.y);
      if (x < -80 || y < -20 || x > camera.width + 80 || y > camera.height + 20) continue;
      const label = this.shown.get(number) ?? this.make(entry);
      if (!this.widths.has(number)) this.widths.set(number, [label.offsetWidth, label.offsetHeight]);
      const [wide, high] = this.widths.get(number);
      const box = [x - wide / 2 - GAP, y - high / 2 - GAP / 2, x + wide / 2 + GAP, y + high / 2 + GAP / 2];
      if (lit !== number && taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) continue;
      taken.push(box);
      keep.add(number);
      label.style.transform = `translate(${Math.round(x - wide / 2)}px, ${Math.round(y - high / 2)}px)`;
      label.classList.toggle("lit", lit === number);
      label.classList.toggle("dim", lit !== null && lit !== number);
    }
    for (const [number, label] of this.shown) label.hidden = !keep.has(number);
  }
}

// Finds points by place: a grid over the map, each cell a run of point indices.
const CELLS = 256; // a side

export class PointIndex {
  constructor(data) {
    this.data = data;
    this.step = (2 * data.scale + 1) / CELLS;
    const { count } = data;
    const cellOf = new Uint16Array(count);
    this.starts = new Uint32Array(CELLS * CELLS + 1);
    for (let i = 0; i < count; i += 1) {
      cellOf[i] = this.cell(data.xs[i]) + CELLS * this.cell(data.ys[i]);
      this.starts[cellOf[i] + 1] += 1;
    }
    for (let cell = 0; cell < CELLS * CELLS; cell += 1) this.starts[cell + 1] += this.starts[cell];
    const next = this.starts.slice(0, -1);
    this.order = new Uint32Array(count);
    for (let i = 0; i < count; i += 1) {
      this.order[next[cellOf[i]]] = i;
      next[cellOf[i]] += 1;
    }
  }

  cell(steps) { return Math.min(Math.max(Math.floor((steps + this.data.scale) / this.step), 0), CELLS - 1); }

  // Calls visit(index) for every point in the cells that meet the box (in steps).
  within({ left, right, bottom, top }, visit) {
    for (let row = this.cell(bottom); row <= this.cell(top); row += 1) {
      const from = this.starts[row * CELLS + this.cell(left)];
      const to = this.starts[row * CELLS + this.cell(right) + 1];
      for (let i = from; i < to; i += 1) visit(this.order[i]);
    }
  }

  // The point nearest to a place (in units) within a distance; -1 for none. seen(index) says which count.
  nearest(x, y, distance, seen) {
    const { xs, ys, scale } = this.data;
    const [atX, atY, reach] = [x * scale, y * scale, distance * scale];
    let best = -1;
    let least = reach * reach;
    this.within({ left: atX - reach, right: atX + reach, bottom: atY - reach, top: atY + reach }, (i) => {
      const away = (xs[i] - atX) ** 2 + (ys[i] - atY) ** 2;
      if (away < least && seen(i)) {
        least = away;
        best = i;
      }
    });
    return best;
  }

  // Indices of the points inside a polygon [[x, y], …] in units (even-odd rule).
  inside(polygon, seen) {
    const { xs, ys, scale } = this.data;
    const corners = polygon.map(([x, y]) => [x * scale, y * scale]);
    const across = corners.map(([x]) => x);
    const along = corners.map(([, y]) => y);
    const box = { left: Math.min(...across), right: Math.max(...across), bottom: Math.min(...along), top: Math.max(...along) };
    const found = [];
    this.within(box, (i) => {
      const [x, y] = [xs[i], ys[i]];
      let odd = false;
      for (let a = 0, b = corners.length - 1; a < corners.length; b = a, a += 1) {
        const [ax, ay] = corners[a];
        const [bx, by] = corners[b];
        if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
      }
      if (odd && seen(i)) found.push(i);
    });
    return found;
  }
}

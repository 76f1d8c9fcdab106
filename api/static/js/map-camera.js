// Which part of the map is seen: a centre, and pixels for one unit. The map's y points up, the screen's down.
const CLOSEST = 120; // times the whole map

export class Camera {
  constructor() {
    this.x = 0;
    this.y = 0;
    this.zoom = 1; // pixels a unit
    this.width = 1;
    this.height = 1;
    this.bounds = { left: -1, right: 1, bottom: -1, top: 1 };
  }

  resize(width, height) {
    const before = this.whole();
    this.width = Math.max(width, 1);
    this.height = Math.max(height, 1);
    this.zoom *= this.whole() / before;
  }

  // Pixels a unit at which everything is just seen.
  whole() {
    const { left, right, bottom, top } = this.bounds;
    return 0.94 * Math.min(this.width / (right - left), this.height / (top - bottom));
  }

  times() { return this.zoom / this.whole(); }

  fit() { this.show(this.bounds); }

  show({ left, right, bottom, top }, most = CLOSEST) {
    this.x = (left + right) / 2;
    this.y = (bottom + top) / 2;
    const wanted = 0.94 * Math.min(this.width / Math.max(right - left, 1e-6), this.height / Math.max(top - bottom, 1e-6));
    this.zoom = Math.min(wanted, this.whole() * most);
  }

  toScreen(x, y) { return [this.width / 2 + (x - this.x) * this.zoom, this.height / 2 - (y - this.y) * this.zoom]; }

  toMap(left, top) { return [this.x + (left - this.width / 2) / this.zoom, this.y - (top - this.height / 2) / this.zoom]; }

  pan(right, down) {
    this.x -= right / this.zoom;
    this.y += down / this.zoom;
    this.keep();
  }

  zoomAt(left, top, factor) {
    const [x, y] = this.toMap(left, top);
    const whole = this.whole();
    this.zoom = Math.min(Math.max(this.zoom * factor, whole * 0.7), whole * CLOSEST);
    const [nowX, nowY] = this.toMap(left, top);
    this.x += x - nowX;
    this.y += y - nowY;
    this.keep();
  }

  // The map never leaves the window altogether.
  keep() {
    const { left, right, bottom, top } = this.bounds;
    this.x = Math.min(Math.max(this.x, left), right);
    this.y = Math.min(Math.max(this.y, bottom), top);
  }
}

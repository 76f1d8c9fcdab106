// How many points a frame may draw while things move. Without a graphics card a hundred thousand are slow: then every
// third is drawn as long as one drags or zooms, and all of them when the map stands still. Numbers say nothing about
// places, so that the first third is spread over the whole map.
const FLUID_MS = 34; // two frames of sixty a second
const STILL_MS = 160;
const FEWEST = 15_000;

export class Pace {
  // ondetail: called when all points shall be drawn again
  constructor(count, ondetail) {
    this.count = count;
    this.ondetail = ondetail;
    this.last = 0;
    this.between = 16;
    this.moving = false;
  }

  move() {
    this.moving = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.moving = false;
      this.last = 0;
      this.ondetail();
    }, STILL_MS);
  }

  // Points to draw in the frame that begins now.
  points(now) {
    if (!this.moving) return this.count;
    if (this.last) this.between = 0.7 * this.between + 0.3 * Math.min(now - this.last, 250);
    this.last = now;
    const share = this.between > FLUID_MS ? 1 / 3 : 1;
    return Math.max(Math.min(FEWEST, this.count), Math.ceil(this.count * share));
  }
}

// Mouse, touch and keys on the stage, told as what they mean: pan, zoom, lasso, point at, pick.
const STEP = 60; // pixels that an arrow key pans
const FACTOR = 1.35;
const TAP = 6; // pixels a finger may slip
const KEYS = new Map([
  ["ArrowLeft", (told) => told.pan(STEP, 0)], ["ArrowRight", (told) => told.pan(-STEP, 0)],
  ["ArrowUp", (told) => told.pan(0, STEP)], ["ArrowDown", (told) => told.pan(0, -STEP)],
  ["+", (told) => told.zoomMiddle(FACTOR)], ["=", (told) => told.zoomMiddle(FACTOR)],
  ["-", (told) => told.zoomMiddle(1 / FACTOR)], ["0", (told) => told.fit()], ["Escape", (told) => told.escape()],
  ["l", (told) => told.mode("lasso")], ["p", (told) => told.mode("pan")],
]);

export function watchStage(stage, told) {
  const fingers = new Map(); // pointer id -> [left, top]
  let lasso = null;
  let slipped = 0;
  const where = (event) => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const spread = () => {
    const [a, b] = [...fingers.values()];
    return { middle: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2], apart: Math.max(Math.hypot(a[0] - b[0], a[1] - b[1]), 1) };
  };

  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    stage.setPointerCapture(event.pointerId);
    const at = where(event);
    fingers.set(event.pointerId, at);
    slipped = 0;
    if (fingers.size === 1 && (told.isLasso() !== event.shiftKey)) lasso = [at];
    else if (lasso) {
      lasso = null; // a second finger means zooming
      told.lasso([], false);
    }
  });
  stage.addEventListener("pointermove", (event) => {
    const at = where(event);
    const before = fingers.get(event.pointerId);
    if (!before) {
      told.pointAt(at);
      return;
    }
    slipped += Math.hypot(at[0] - before[0], at[1] - before[1]);
    if (lasso) {
      const last = lasso[lasso.length - 1];
      if (Math.hypot(at[0] - last[0], at[1] - last[1]) >= 3) lasso.push(at);
      fingers.set(event.pointerId, at);
      told.lasso(lasso, false);
      return;
    }
    if (fingers.size === 2) {
      const then = spread();
      fingers.set(event.pointerId, at);
      const now = spread();
      told.pan(now.middle[0] - then.middle[0], now.middle[1] - then.middle[1]);
      told.zoom(...now.middle, now.apart / then.apart);
      return;
    }
    fingers.set(event.pointerId, at);
    if (slipped > TAP) told.pan(at[0] - before[0], at[1] - before[1]);
  });
  const lift = (event) => {
    if (!fingers.delete(event.pointerId)) return;
    if (lasso) {
      const line = lasso;
      lasso = null;
      if (event.type === "pointerup" && line.length > 2) told.lasso(line, true);
      else told.lasso([], false);
      return;
    }
    if (event.type === "pointerup" && slipped <= TAP) told.pick(where(event));
  };
  stage.addEventListener("pointerup", lift);
  stage.addEventListener("pointercancel", lift);
  stage.addEventListener("pointerleave", () => told.pointAt(null));
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    told.zoom(...where(event), Math.exp(-Math.max(-240, Math.min(240, event.deltaY * lines)) / 320));
  }, { passive: false });
  stage.addEventListener("dblclick", (event) => told.zoom(...where(event), 2));
  stage.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = KEYS.get(event.key);
    if (!act) return;
    event.preventDefault();
    act(told);
  });
}

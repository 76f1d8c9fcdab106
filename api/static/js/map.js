// The theme map: joins data, camera, drawing, pointing and the sheet about what was circled.
import { Camera } from "./map-camera.js";
import { PointCard } from "./map-card.js";
import { loadMap, NO_THEME, pack } from "./map-data.js";
import { addressTheme, Filter } from "./map-filter.js";
import { PointIndex } from "./map-index.js";
import { watchStage } from "./map-input.js";
import { Labels } from "./map-labels.js";
import { watchLegend } from "./map-legend.js";
import { Pace } from "./map-pace.js";
import { PointsView } from "./map-points.js";

const VIEW = "zhongsheng.map.view"; // where one was looking, kept while the tab lives
const REACH = 12; // pixels around the pointer in which a point is meant
const HUES = 12;
const MOST_GROWN = 1.7; // times a point's size where filters leave few

const map = document.getElementById("map");
if (map) start(map).catch((reason) => say(map, reason.message.includes("WebGL2") ? map.dataset.old : map.dataset.failed));

function say(place, words) {
  const says = place.querySelector("#map-says");
  says.textContent = words;
  says.hidden = !words;
}

// What the stylesheet says, as the bytes the graphics card wants.
function colour(name) {
  const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  probe.fillRect(0, 0, 1, 1);
  return [...probe.getImageData(0, 0, 1, 1).data];
}

function bounds({ count, xs, ys, scale }) {
  let [left, right, bottom, top] = [scale, -scale, scale, -scale];
  for (let i = 0; i < count; i += 1) {
    left = Math.min(left, xs[i]);
    right = Math.max(right, xs[i]);
    bottom = Math.min(bottom, ys[i]);
    top = Math.max(top, ys[i]);
  }
  const least = 0.05 * scale;
  return { left: (left - least) / scale, right: (right + least) / scale, bottom: (bottom - least) / scale, top: (top + least) / scale };
}

async function start(place) {
  const stage = document.getElementById("map-stage");
  const data = await loadMap(place.dataset.src);
  const numberOf = new Map(data.themes.map((theme, number) => [theme.id, number]));
  const camera = new Camera();
  camera.bounds = bounds(data);
  const view = new PointsView(document.getElementById("map-canvas"), data);
  const index = new PointIndex(data);
  const labels = new Labels(document.getElementById("map-labels"), data.themes);
  const card = new PointCard(document.getElementById("map-card"), stage);
  const line = document.querySelector("#map-lasso path");
  let lasso = false;
  let lit = null; // number of the theme that is lit, NO_THEME for what has none
  let hovered = null;
  let due = 0;

  // Points are as large as lets one see between them: they grow as one comes closer.
  const land = data.themes.reduce((sum, theme) => sum + Math.PI * theme.radius ** 2, 0) || 1;
  const room = Math.sqrt(land / Math.max(data.count, 1)); // units from point to point
  const size = () => Math.min(Math.max(0.78 * room * camera.zoom, 1.9), 5.5 + Math.min(camera.times(), 4));
  const shown = () => hovered ?? lit;
  const seen = (i) => filter.seen(i) && (shown() === null || data.of[i] === shown());
  const draw = (now) => {
    due = 0;
    const grown = Math.min(1 / Math.sqrt(filter.share || 1), MOST_GROWN); // few points of many want to be found
    view.draw(camera, size() * grown, size() * 0.75, pace.points(now));
    labels.draw(camera, shown() === NO_THEME ? null : shown());
  };
  const soon = () => { due ||= requestAnimationFrame(draw); };
  const pace = new Pace(data.count, soon);
  const paint = () => {
    const only = shown();
    const faint = data.count > 20_000 ? 26 : 40;
    const hues = Array.from({ length: HUES }, (_, hue) => colour(`--map-${hue}`));
    const bright = (number) => (only === null || only === number) && filter.counts?.[number] !== 0;
    const own = data.themes.map((theme, number) => [...hues[theme.colour % HUES].slice(0, 3), bright(number) ? 225 : faint]);
    const grey = colour("--map-none").slice(0, 3);
    const none = [...grey, only === null ? 130 : only === NO_THEME ? 235 : faint];
    view.paint(own, none, colour("--ink"), [...grey, faint], only === null ? 0.13 : 0.08);
    soon();
  };
  const remember = () => sessionStorage.setItem(VIEW, JSON.stringify([camera.x, camera.y, camera.times()]));
  const moved = () => {
    if (!card.pinned) card.hide();
    remember();
    pace.move();
    soon();
  };
  const unfit = () => (filter.share ? "" : place.dataset.unfit); // what stands there where nothing else is to be said
  const filter = new Filter(data, () => {
    view.filter(filter.fits);
    labels.count(filter.counts);
    card.hide();
    say(place, unfit());
    paint();
  }, () => say(place, place.dataset.failed));
  const light = (id, look) => {
    lit = id === null ? null : numberOf.get(id) ?? NO_THEME;
    hovered = null;
    const theme = data.themes[lit];
    if (theme && look) {
      const reach = Math.max(theme.radius * 1.6, 0.06);
      camera.show({ left: theme.x - reach, right: theme.x + reach, bottom: theme.y - reach, top: theme.y + reach }, 14);
    }
    paint();
    moved();
  };
  const legend = watchLegend({
    onlight: (id) => {
      addressTheme(id);
      light(id, true);
    },
    onhover: (id) => {
      const now = id === null ? null : numberOf.get(id) ?? NO_THEME;
      if (now === hovered) return;
      hovered = now;
      paint();
    },
  });
  const mode = (name) => {
    lasso = name === "lasso";
    stage.classList.toggle("circling", lasso);
    for (const button of place.querySelectorAll("[data-mode]")) button.setAttribute("aria-pressed", String(button.dataset.mode === name));
  };
  const at = ([left, top]) => {
    const [x, y] = camera.toMap(left, top);
    return index.nearest(x, y, REACH / camera.zoom, seen);
  };
  const open = (found) => {
    view.mark(found);
    soon();
    if (!found.length) {
      say(place, filter.fits ? place.dataset.nothingShown : place.dataset.nothing);
      return;
    }
    say(place, place.dataset.count.replace("#", found.length.toLocaleString()));
    const points = pack(found.map((i) => data.numbers[i]));
    window.htmx.ajax("POST", "/map/selection", { target: "#dialog", swap: "innerHTML", values: { points, asked: filter.asked } });
  };

  const told = {
    isLasso: () => lasso,
    mode,
    pan: (right, down) => { camera.pan(right, down); moved(); },
    zoom: (left, top, factor) => { camera.zoomAt(left, top, factor); moved(); },
    zoomMiddle: (factor) => { camera.zoomAt(camera.width / 2, camera.height / 2, factor); moved(); },
    fit: () => { camera.fit(); moved(); },
    escape: () => {
      card.hide();
      legend.press(null);
      view.mark([]);
      say(place, unfit());
      addressTheme(null);
      light(null, false);
    },
    pointAt: (spot) => {
      const i = spot && !lasso ? at(spot) : -1;
      if (i >= 0) card.show(data.numbers[i], spot);
      else if (!card.pinned) card.hide();
      stage.classList.toggle("pointing", i >= 0);
    },
    pick: (spot) => {
      const i = at(spot);
      if (i >= 0) card.show(data.numbers[i], spot, true);
      else card.hide();
    },
    lasso: (spots, done) => {
      line.setAttribute("d", spots.length ? `M${spots.map((spot) => spot.map((value) => value.toFixed(1)).join(" ")).join("L")}Z` : "");
      if (!done) return;
      line.setAttribute("d", "");
      mode("pan");
      open(index.inside(spots.map(([left, top]) => camera.toMap(left, top)), seen));
    },
  };
  watchStage(stage, told);
  for (const button of place.querySelectorAll("[data-mode]")) button.addEventListener("click", () => mode(button.dataset.mode));
  const zooms = { in: () => told.zoomMiddle(1.6), out: () => told.zoomMiddle(1 / 1.6), fit: told.fit };
  for (const button of place.querySelectorAll("[data-zoom]")) button.addEventListener("click", zooms[button.dataset.zoom]);
  document.getElementById("dialog").addEventListener("close", () => {
    view.mark([]);
    say(place, unfit());
    soon();
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "map-list") return;
    legend.renew();
    filter.renew();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  view.onrestored = () => {
    view.filter(filter.fits);
    paint();
  };

  camera.resize(stage.clientWidth, stage.clientHeight);
  camera.fit();
  const before = JSON.parse(sessionStorage.getItem(VIEW) ?? "null");
  if (before) {
    [camera.x, camera.y] = before;
    camera.zoom = camera.whole() * before[2];
    camera.keep();
  }
  new ResizeObserver(() => { camera.resize(stage.clientWidth, stage.clientHeight); soon(); }).observe(stage);
  paint();
  if (place.dataset.focus && numberOf.has(place.dataset.focus)) {
    legend.press(place.dataset.focus);
    light(place.dataset.focus, true);
  }
  say(place, "");
  view.filter(filter.fits);
  await filter.renew();
  place.dataset.ready = "";
}

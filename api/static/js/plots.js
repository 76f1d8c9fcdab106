// Charts from their data: ECharts on canvas in the colours of the design tokens, a click leads to the posts behind.
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const charts = new Map();

function axisOf(chart, text, line) {
  const category = {
    type: "category", data: chart.labels, axisTick: { show: false }, axisLine: { lineStyle: { color: token("line-strong") } },
    axisLabel: { ...text, hideOverlap: true, ...(chart.lying ? { width: 128, overflow: "truncate" } : {}) }, inverse: chart.lying,
  };
  const values = chart.units.map((unit, index) => ({
    type: "value", name: unit, nameTextStyle: { ...text, align: index ? "right" : "left" }, axisLabel: text, minInterval: chart.series.some((series) => series.axis === index && series.decimals) ? 0 : 1,
    max: unit === "%" && index ? 100 : null, splitLine: { show: index === 0, lineStyle: line }, nameGap: 12,
  }));
  return chart.lying ? { yAxis: category, xAxis: values.map((axis) => ({ ...axis, nameLocation: "end" })) } : { xAxis: category, yAxis: values };
}

function seriesOf(chart, series) {
  const colour = token(series.tone);
  const bar = series.shape === "bar";
  return {
    name: series.name, type: series.shape, data: series.values, cursor: chart.hrefs.length ? "pointer" : "default",
    itemStyle: { color: colour }, lineStyle: { color: colour, width: 2.5 }, symbolSize: 6, barMaxWidth: 26, connectNulls: false,
    ...(chart.lying ? {} : { yAxisIndex: series.axis }), ...(bar && chart.stacked ? { stack: "all" } : {}),
  };
}

function options(chart, still) {
  const text = { color: token("ink-2"), fontSize: 12 };
  return {
    animation: !still && !matchMedia("(prefers-reduced-motion: reduce)").matches, animationDuration: 250,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    grid: { left: 8, right: chart.lying ? 40 : 8, top: 56, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, itemWidth: 14, itemHeight: 10, textStyle: text, icon: "roundRect", type: "scroll" },
    tooltip: { trigger: "axis", renderMode: "richText", confine: true, backgroundColor: token("ink"), borderWidth: 0, textStyle: { color: token("paper"), fontSize: 12 } },
    ...axisOf(chart, text, { color: token("line") }),
    series: chart.series.map((series) => seriesOf(chart, series)),
  };
}

function draw(element) {
  const chart = JSON.parse(element.dataset.chart);
  if (chart.lying) element.style.height = `${Math.max(chart.labels.length * 34 + 90, 180)}px`;
  const drawn = window.echarts.init(element, null, { renderer: "canvas" });
  drawn.setOption(options(chart, false), true);
  drawn.on("click", ({ dataIndex }) => { if (chart.hrefs[dataIndex]) location.assign(chart.hrefs[dataIndex]); });
  new ResizeObserver(() => drawn.resize()).observe(element);
  charts.set(element.id, { drawn, chart, element });
}

function drawAll() {
  if (!window.echarts) return;
  for (const [id, { drawn, element }] of charts) {
    if (element.isConnected) continue;
    drawn.dispose();
    charts.delete(id);
  }
  for (const element of document.querySelectorAll(".js-plot")) if (!charts.has(element.id)) draw(element);
}

// On paper colour with the title inside: the picture has to stand by itself in somebody's slides.
function save(button) {
  const { drawn, chart } = charts.get(button.dataset.chartPng) ?? {};
  if (!drawn) return;
  const plain = options(chart, true);
  const title = { text: chart.title, textStyle: { color: token("ink"), fontSize: 16 } };
  drawn.setOption({ ...plain, title, legend: { ...plain.legend, top: 28 }, grid: { ...plain.grid, top: 88 } }, true);
  const link = document.createElement("a");
  link.href = drawn.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: token("surface") });
  link.download = button.dataset.file;
  link.click();
  drawn.setOption(plain, true);
}

export function watchPlots() {
  drawAll();
  document.body.addEventListener("htmx:afterSettle", drawAll);
  document.body.addEventListener("click", (event) => {
    const button = event.target.closest("[data-chart-png]");
    if (button) save(button);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const { drawn, chart } of charts.values()) drawn.setOption(options(chart, true), true);
  });
}

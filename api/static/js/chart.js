// The weekly trend, drawn by ECharts on canvas in the colours of the design tokens.
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function options(element) {
  const weeks = JSON.parse(element.dataset.weeks);
  const text = { color: token("--ink-3"), fontSize: 12 };
  return {
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 300,
    grid: { left: 36, right: 12, top: 16, bottom: 28 },
    tooltip: { trigger: "axis", renderMode: "richText", backgroundColor: token("--ink"), borderWidth: 0, textStyle: { color: token("--paper") } },
    xAxis: { type: "category", data: weeks.map(([week]) => week.slice(5)), axisLabel: text, axisTick: { show: false }, axisLine: { lineStyle: { color: token("--line-strong") } } },
    yAxis: { type: "value", minInterval: 1, axisLabel: text, splitLine: { lineStyle: { color: token("--line") } } },
    series: [{
      name: element.dataset.label, type: "line", smooth: 0.25, symbolSize: 7, data: weeks.map(([, people]) => people),
      lineStyle: { color: token("--accent"), width: 2.5 }, itemStyle: { color: token("--accent") }, areaStyle: { color: token("--accent"), opacity: 0.1 },
    }],
  };
}

export function drawCharts() {
  const element = document.querySelector(".js-chart");
  if (!element || !window.echarts) return;
  const chart = window.echarts.init(element, null, { renderer: "canvas" });
  const draw = () => chart.setOption(options(element), true);
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new ResizeObserver(() => chart.resize()).observe(element);
}

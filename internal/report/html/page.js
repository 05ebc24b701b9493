"use strict";

// Draws the page's graphs and makes its controls work. The data stands in the
// block #graphs; graph.go says what its members are. Nothing here makes HTML of
// a text: labels go to the library, which draws SVG text, or into textContent.

const graphs = JSON.parse(document.getElementById("graphs").textContent);
const root = document.documentElement;
const drawn = []; // {graph, element, chart}
let printing = false;

// paperWidth is the width of a graph on paper, in CSS pixels: A4 and Letter,
// less their margins.
const paperWidth = 680;

// ---- Words and numbers

const count = (n) => n.toLocaleString("en").replaceAll(",", "\u202f");

const at = (ms) => new Date(ms).toISOString().slice(0, 16).replace("T", " ");

// plain keeps the library's rich text from taking a text for markup: it knows
// {style|text}.
const plain = (text) => text.replace(/[{|}]/g, (c) => ({ "{": "(", "|": "/", "}": ")" })[c]);

// ---- What all graphs have

// colours are those that page.css gives the graph's element in this theme.
function colours(element) {
  const style = getComputedStyle(element);
  return { ink: style.color, line: style.borderTopColor, paper: style.backgroundColor };
}

const narrow = (element) => element.clientWidth < 560;

function base(element, formatter, trigger = "item") {
  const c = colours(element);
  return {
    animation: false,
    useUTC: true,
    backgroundColor: c.paper,
    textStyle: { color: c.ink, fontFamily: "system-ui, sans-serif" },
    // Our own words describe the graph; patterns are for who asks for contrast.
    aria: { enabled: true, label: { enabled: false }, decal: { show: matchMedia("(prefers-contrast: more)").matches } },
    // As SVG text: HTML is out of the question, and the policy forbids it.
    tooltip: {
      renderMode: "richText", confine: true, trigger, formatter, axisPointer: { type: "line", lineStyle: { color: c.ink } },
      backgroundColor: c.paper, borderColor: c.line, textStyle: { color: c.ink, fontSize: 13 },
    },
  };
}

const axis = (c, more) => ({
  axisLabel: { color: c.ink, hideOverlap: true, ...more.axisLabel },
  axisLine: { lineStyle: { color: c.line } },
  axisTick: { show: false },
  splitLine: { show: false },
  ...more.axis,
});

// times is an axis of time whose days say their month, wherever it begins.
const times = (c, more) => axis(c, { axis: { type: "time", ...more }, axisLabel: { formatter: { month: "{d} {MMM}", day: "{d} {MMM}", hour: "{HH}:{mm}" } } });

// names is the axis of a ranking's labels, the first on top; long ones are cut,
// the tooltip and the table have them whole.
const names = (graph, element, c) => axis(c, {
  axisLabel: { width: narrow(element) ? 110 : 230, overflow: "truncate", interval: 0 },
  axis: { type: "category", inverse: true, data: graph.labels },
});

const inside = (more) => ({ left: 8, right: 56, top: 8, bottom: 8, outerBoundsMode: "same", outerBoundsContain: "axisLabel", ...more });

// ---- The kinds of graphs

// stack draws areas on each other that step from one count to the next.
function stack(graph, element) {
  const c = colours(element);
  const steps = graph.series[0].values.length;
  const time = (i) => graph.start + i * graph.step;
  return {
    ...base(element, (points) => stackTip(graph, points), "axis"),
    grid: inside({ right: 24, top: 12, bottom: printing ? 8 : 64 }),
    xAxis: times(c, { min: time(0), max: time(steps) }),
    yAxis: axis(c, { axis: { type: "value", minInterval: 1, splitLine: { show: true, lineStyle: { color: c.line } } }, axisLabel: { formatter: count } }),
    legend: { show: false }, // checkboxes do its work, for the keyboard too
    dataZoom: [{
      type: "slider", show: !printing, bottom: 8, height: 36, brushSelect: true, filterMode: "none", minValueSpan: graph.step,
      textStyle: { color: c.ink }, borderColor: c.line, labelFormatter: at,
    }],
    series: graph.series.map((s) => ({
      name: s.name, type: "line", stack: "all", step: "end", symbol: "none", color: s.colour,
      lineStyle: { width: 0 }, areaStyle: { opacity: 1 }, emphasis: { disabled: true },
      // A last point, so that the last step has its width.
      data: [...s.values, s.values.at(-1)].map((n, i) => [time(i), n]),
    })),
  };
}

const tipLines = 10;

// stackTip lists the largest counts of a step.
function stackTip(graph, points) {
  if (points.length === 0) {
    return "";
  }
  const counted = points.filter((p) => p.value[1] > 0).sort((a, b) => b.value[1] - a.value[1]);
  const lines = counted.slice(0, tipLines).map((p) => `${count(p.value[1])}  ${plain(p.seriesName)}`);
  const left = counted.length - lines.length;
  return [`${at(points[0].value[0])} UTC`, ...lines, ...(left > 0 ? [`and ${left} more`] : [])].join("\n");
}

// bars draws a ranking.
function bars(graph, element) {
  const c = colours(element);
  element.style.height = `${graph.labels.length * 26 + 40}px`;
  return {
    ...base(element, (p) => `${plain(graph.labels[p.dataIndex])}\n${count(p.value)} ${graph.unit}`),
    grid: inside({}),
    xAxis: axis(c, { axis: { type: "value", minInterval: 1, splitLine: { show: true, lineStyle: { color: c.line } } }, axisLabel: { formatter: count } }),
    yAxis: names(graph, element, c),
    series: [{
      type: "bar", data: graph.values, color: graph.colour, barMaxWidth: 20,
      label: { show: true, position: "right", color: c.ink, formatter: (p) => count(p.value) },
    }],
  };
}

const weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

// heat draws seven days by 24 hours.
function heat(graph, element) {
  const c = colours(element);
  const cells = graph.cells.flatMap((hours, day) => hours.map((n, hour) => [hour, day, n]));
  const most = Math.max(1, ...cells.map((cell) => cell[2]));
  const hour = (h) => `${String(h).padStart(2, "0")}:00`;
  return {
    ...base(element, (p) => `${weekdays[p.value[1]]} ${hour(p.value[0])} UTC\n${count(p.value[2])} ${graph.unit}`),
    grid: inside({ right: 8, bottom: 48 }),
    xAxis: axis(c, { axis: { type: "category", data: [...Array(24).keys()].map(hour) }, axisLabel: {} }),
    yAxis: axis(c, { axis: { type: "category", data: weekdays, inverse: true }, axisLabel: { interval: 0 } }),
    visualMap: {
      min: 0, max: most, orient: "horizontal", left: "center", bottom: 0, itemHeight: narrow(element) ? 90 : 160, itemWidth: 12,
      text: [`${count(most)} ${graph.unit}`, "0"], textStyle: { color: c.ink }, inRange: { color: [c.paper, graph.colour] },
    },
    series: [{ type: "heatmap", data: cells, itemStyle: { borderColor: c.line, borderWidth: 1 }, emphasis: { disabled: true } }],
  };
}

// spans draws from when until when, or from which release to which.
function spans(graph, element) {
  const c = colours(element);
  element.style.height = `${graph.labels.length * 26 + 40}px`;
  const name = (value) => (graph.ticks ? graph.ticks[value] ?? "" : `${at(value)} UTC`);
  const until = (value) => (graph.ticks ? name(value - 1) : name(value));
  return {
    ...base(element, (p) => `${plain(graph.labels[p.value[0]])}\n${name(p.value[1])} to ${until(p.value[2])}`),
    grid: inside({ right: 24 }),
    xAxis: graph.ticks ? releases(graph, c, name) : times(c, {}),
    yAxis: names(graph, element, c),
    series: [{
      type: "custom", color: graph.colour, encode: { x: [1, 2], y: 0 },
      data: graph.spans.map((s) => [s.label, s.from, s.to]),
      renderItem: (params, api) => span(api, graph.colour, c.paper),
    }],
  };
}

// releases is an axis that names what begins at each whole number.
const releases = (graph, c, name) => axis(c, {
  axis: { type: "value", min: 0, max: graph.ticks.length, interval: 1, splitLine: { show: true, lineStyle: { color: c.line } } },
  axisLabel: { formatter: name, align: "left" },
});

function span(api, fill, stroke) {
  const [left, middle] = api.coord([api.value(1), api.value(0)]);
  const [right] = api.coord([api.value(2), api.value(0)]);
  const height = Math.min(16, 0.6 * api.size([0, 1])[1]);
  return {
    type: "rect",
    shape: { x: left, y: middle - height / 2, width: Math.max(4, right - left), height },
    style: { fill, stroke, lineWidth: 1 },
  };
}

const options = { stack, bars, heat, spans };

// ---- Drawing

function draw(graph) {
  const element = document.getElementById(`${graph.id}-graph`);
  const option = options[graph.kind](graph, element); // it may set the height
  const chart = echarts.init(element, null, { renderer: "svg" });
  chart.setOption(option);
  drawn.push({ graph, element, chart });
  if (graph.kind === "stack") {
    layers(graph, chart, element.parentElement);
    zoom(graph, chart, element.parentElement);
  }
}

// redraw keeps what was zoomed and hidden: setOption merges.
function redraw() {
  for (const d of drawn) {
    d.chart.setOption(options[d.graph.kind](d.graph, d.element));
    d.chart.resize({ width: printing ? paperWidth : "auto" });
    d.chart.getZr().flush(); // paper does not wait for the next frame
  }
}

// ---- The controls of a stack

// layers makes a checkbox for each series.
function layers(graph, chart, figure) {
  const box = figure.querySelector(".layers");
  for (const s of graph.series) {
    const input = document.createElement("input");
    const mark = document.createElement("span");
    const label = document.createElement("label");
    input.type = "checkbox";
    input.checked = true;
    input.addEventListener("change", () => {
      chart.dispatchAction({ type: input.checked ? "legendSelect" : "legendUnSelect", name: s.name });
    });
    mark.className = "mark";
    mark.style.background = s.colour;
    label.append(input, mark, s.name);
    box.append(label);
  }
}

// zoom ties two sliders, for keyboard and reader, to the brush below the graph.
function zoom(graph, chart, figure) {
  const [from, to, all, output] = [".from", ".to", ".all", "output"].map((s) => figure.querySelector(s));
  const steps = graph.series[0].values.length;
  const time = (i) => graph.start + i * graph.step;
  from.max = to.max = steps;
  to.value = steps;
  const say = () => {
    from.ariaValueText = `${at(time(+from.value))} UTC`;
    to.ariaValueText = `${at(time(+to.value))} UTC`;
    output.textContent = `${at(time(+from.value))} to ${at(time(+to.value))} UTC`;
  };
  const show = (first, last) => chart.dispatchAction({ type: "dataZoom", startValue: time(first), endValue: time(last) });
  from.addEventListener("input", () => show(Math.min(+from.value, +to.value - 1), +to.value));
  to.addEventListener("input", () => show(+from.value, Math.max(+to.value, +from.value + 1)));
  all.addEventListener("click", () => show(0, steps));
  chart.on("datazoom", () => {
    const { startValue, endValue } = chart.getOption().dataZoom[0];
    from.value = Math.round((startValue - graph.start) / graph.step);
    to.value = Math.round((endValue - graph.start) / graph.step);
    say();
  });
  say();
}

// ---- The controls of the page

// A graph's table waits behind its button.
function tables() {
  for (const button of document.querySelectorAll("button.tables")) {
    const table = document.getElementById(button.getAttribute("aria-controls"));
    const show = (shown) => {
      table.hidden = !shown;
      button.ariaExpanded = String(shown);
      button.textContent = shown ? "Hide the table" : "Show the table";
    };
    button.addEventListener("click", () => show(table.hidden));
    show(false);
  }
}

function themes() {
  for (const input of document.querySelectorAll("input[name=theme]")) {
    input.addEventListener("change", () => {
      root.dataset.theme = input.value;
      redraw();
    });
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
}

function paper() {
  const print = (now) => () => {
    printing = now;
    root.dataset.theme = now ? "light" : document.querySelector("input[name=theme]:checked").value;
    redraw();
  };
  addEventListener("beforeprint", print(true));
  addEventListener("afterprint", print(false));
}

function widths() {
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth !== width && !printing) { // a phone's bars come and go in height only
      width = innerWidth;
      redraw();
    }
  });
}

root.classList.add("js");
tables();
themes();
paper();
widths();
graphs.forEach(draw);
root.dataset.drawn = drawn.length;
performance.mark("drawn");

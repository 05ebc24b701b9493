"use strict";

// Draws the page's graphs and makes its controls work. The data stands in the
// block #graphs; graph.go says what its members are. Nothing here makes HTML of
// a text: labels go to the library, which draws SVG text, or into textContent.

const graphs = JSON.parse(document.getElementById("graphs").textContent).map((g) => ({ labels: [], spans: [], ...g }));
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

const width = (element) => (printing ? paperWidth : element.clientWidth);
const narrow = (element) => width(element) < 560;

function base(element, formatter, trigger = "item") {
  const c = colours(element);
  return {
    animation: false,
    useUTC: true,
    backgroundColor: c.paper,
    textStyle: { color: c.ink, fontFamily: "system-ui, sans-serif" },
    aria: { enabled: true, label: { enabled: false } }, // our own words describe the graph
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

const lines = (c) => ({ show: true, lineStyle: { color: c.line } });

const amounts = (c, more) => axis(c, { axis: { type: "value", minInterval: 1, splitLine: lines(c), ...more }, axisLabel: { formatter: count } });

// ---- The axis of time

const [minute, hour, day] = [60e3, 3600e3, 86400e3];
const tickSteps = [1, 2, 5, 10, 15, 30].map((n) => n * minute)
  .concat([1, 2, 3, 6, 12].map((n) => n * hour), [1, 2, 4, 7, 14].map((n) => n * day));
const tickMonths = [1, 2, 3, 6, 12, 24, 60];
const labelWidth = 64; // pixels that a tick's label may have

// ticks are the same time apart, unlike those of the library, whose days begin
// anew each month: of a step that the reader knows, weeks from Monday on.
function ticks(from, to, pixels) {
  const most = Math.max(2, Math.floor(pixels / labelWidth));
  const step = tickSteps.find((s) => (to - from) / s <= most);
  if (step === undefined) {
    return months(from, to, most);
  }
  const monday = step >= 7 * day ? 4 * day : 0; // 1970 began on a Thursday
  const list = [];
  for (let t = Math.ceil((from - monday) / step) * step + monday; t <= to; t += step) {
    list.push(t);
  }
  return { list, text: (t) => (t % day ? clock(t) : date(t)) };
}

// months are ticks at the first of each so many.
function months(from, to, most) {
  const of = (t) => new Date(t).getUTCFullYear() * 12 + new Date(t).getUTCMonth();
  const step = tickMonths.find((n) => (of(to) - of(from)) / n <= most) ?? 120;
  const list = [];
  for (let m = Math.ceil(of(from) / step) * step; m <= of(to); m += step) {
    list.push(Date.UTC(Math.floor(m / 12), m % 12));
  }
  return { list: list.filter((t) => t >= from), text: (t) => `${monthNames[new Date(t).getUTCMonth()]} ${new Date(t).getUTCFullYear()}` };
}

const monthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const date = (t) => `${new Date(t).getUTCDate()} ${monthNames[new Date(t).getUTCMonth()]}`;
const clock = (t) => new Date(t).toISOString().slice(11, 16);

// labels are those of the ticks from a time to another.
function labels(from, to, element) {
  const t = ticks(from, to, width(element) - 100);
  return { customValues: t.list, formatter: t.text };
}

// times is the axis of a graph's time.
const times = (graph, element, c, more) => axis(c, {
  axis: { type: "time", min: graph.start, max: end(graph), axisTick: { show: false, customValues: ticks(graph.start, end(graph), width(element) - 100).list }, ...more },
  axisLabel: labels(graph.start, end(graph), element),
});

const time = (graph, i) => graph.start + i * graph.step;
const end = (graph) => time(graph, graph.steps);

// ---- Names beside a graph

const namesWidth = (element) => (narrow(element) ? 106 : 190);

// names is the axis of the rows' labels, the first on top; long ones are cut, the
// tooltip and the table have them whole.
const names = (graph, element, c) => axis(c, {
  axisLabel: { width: namesWidth(element), overflow: "truncate", interval: 0 },
  axis: { type: "category", inverse: true, data: graph.labels, axisLine: { show: false } },
});

const inside = (more) => ({ left: 8, right: 56, top: 8, bottom: 8, outerBoundsMode: "same", outerBoundsContain: "axisLabel", ...more });

// ---- The kinds of graphs

// areas are layers on each other that step from one count to the next.
const areas = (graph, more) => graph.series.map((s) => ({
  name: s.name, type: "line", stack: "all", step: "end", symbol: "none", color: s.colour,
  lineStyle: { width: 0 }, areaStyle: { opacity: 1 }, emphasis: { disabled: true },
  data: points(graph, s.values), ...more,
}));

// points end with a last one, so that the last step has its width.
const points = (graph, values) => [...values, values.at(-1)].map((n, i) => [time(graph, i), n]);

// patterns tell two neighbours apart by more than their colours, in turn; those of
// page.css are their likes.
const patterns = [
  { symbol: "none" },
  { color: "rgba(255,255,255,.4)", dashArrayX: [1, 0], dashArrayY: [1, 6], rotation: -Math.PI / 4 },
  { symbol: "none" },
  { color: "rgba(255,255,255,.5)", symbol: "circle", symbolSize: 0.9, dashArrayX: [[4, 4], [0, 4, 4, 0]], dashArrayY: [4, 0] },
];
const pattern = (i) => i % patterns.length;

// stack draws areas, and below them the whole time, to choose a part of it.
function stack(graph, element) {
  const c = colours(element);
  const total = graph.series[0].values.map((_, i) => graph.series.reduce((sum, s) => sum + s.values[i], 0));
  return {
    ...base(element, (found) => stackTip(graph, found), "axis"),
    aria: { enabled: true, label: { enabled: false }, decal: { show: true, decals: [patterns[0], ...graph.series.map((_, i) => patterns[pattern(i)])] } },
    grid: inside({ right: 28, top: 12, bottom: printing ? 8 : 64 }),
    xAxis: times(graph, element, c, {}),
    yAxis: [amounts(c, {}), { type: "value", show: false }],
    legend: { show: false }, // checkboxes do its work, for the keyboard too
    dataZoom: [{
      type: "slider", show: !printing, bottom: 8, height: 36, brushSelect: true, filterMode: "none", minValueSpan: graph.step,
      textStyle: { color: c.ink }, borderColor: c.line, labelFormatter: at, xAxisIndex: 0, fillerColor: "rgba(128,128,128,.12)",
      dataBackground: shadow(c, 0.3), selectedDataBackground: shadow(c, 0.6),
    }],
    series: [
      // The band below shows the first series: this, and on an axis of its own.
      { name: totalName, type: "line", step: "end", symbol: "none", yAxisIndex: 1, lineStyle: { width: 0 }, emphasis: { disabled: true }, data: points(graph, total) },
      ...areas(graph, {}),
    ],
  };
}

const shadow = (c, opacity) => ({ lineStyle: { width: 0 }, areaStyle: { color: c.ink, opacity } });

const totalName = "\u0000total"; // no layer has that name
const tipLines = 10;

// stackTip lists the largest counts of a step.
function stackTip(graph, found) {
  if (found.length === 0) {
    return "";
  }
  const counted = found.filter((p) => p.value[1] > 0 && p.seriesName !== totalName).sort((a, b) => b.value[1] - a.value[1]);
  const lines = counted.slice(0, tipLines).map((p) => `${count(p.value[1])}  ${plain(p.seriesName)}`);
  const left = counted.length - lines.length;
  return [`${at(found[0].value[0])} UTC`, ...lines, ...(left > 0 ? [`and ${left} more`] : [])].join("\n");
}

// bars draws a ranking. Where there is little room for it a name stands above its
// bar.
function bars(graph, element) {
  const c = colours(element);
  const above = narrow(element) && graph.labels.some((l) => l.length > 16);
  element.style.height = `${graph.labels.length * (above ? 38 : 24) + 16}px`;
  const label = above
    ? { inside: true, margin: 0, align: "left", verticalAlign: "bottom", padding: [0, 0, 9, 0], width: width(element) - 24, overflow: "truncate", interval: 0 }
    : { width: 340, overflow: "truncate", interval: 0 };
  return {
    ...base(element, (p) => `${plain(graph.labels[p.dataIndex])}\n${count(p.value)} ${graph.unit}`),
    grid: inside({}),
    xAxis: { type: "value", show: false },
    yAxis: { ...axis(c, { axis: { type: "category", inverse: true, data: graph.labels, axisLine: { show: false } }, axisLabel: label }), z: 3 },
    series: [{
      type: "bar", data: graph.values, color: graph.colour, barWidth: above ? 12 : 16, barMinHeight: 2,
      itemStyle: { borderRadius: [0, 3, 3, 0] },
      label: { show: true, position: "right", color: c.ink, formatter: (p) => count(p.value) },
    }],
  };
}

const weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

// heat draws seven days by 24 hours, in colours from the quietest of these hours on.
function heat(graph, element) {
  const c = colours(element);
  const cells = graph.cells.flatMap((hours, day) => hours.map((n, hour) => [hour, day, n])).filter((cell) => cell[2] >= 0); // below: the hour never came
  const counts = cells.map((cell) => cell[2]);
  const most = Math.max(...counts);
  const least = Math.min(...counts) < most ? Math.min(...counts) : 0;
  const hourName = (h) => `${String(h).padStart(2, "0")}:00`;
  const some = (n) => (n < 10 ? String(Math.round(n * 10) / 10) : count(Math.round(n)));
  return {
    ...base(element, (p) => `${weekdays[p.value[1]]} ${hourName(p.value[0])} UTC\n${some(p.value[2])} ${graph.unit}`),
    grid: inside({ right: 8, bottom: 48 }),
    xAxis: axis(c, { axis: { type: "category", data: [...Array(24).keys()].map(hourName) }, axisLabel: { interval: narrow(element) ? 5 : 1 } }),
    yAxis: axis(c, { axis: { type: "category", data: weekdays, inverse: true }, axisLabel: { interval: 0 } }),
    visualMap: {
      min: least, max: most, orient: "horizontal", left: "center", bottom: 0, itemHeight: narrow(element) ? 60 : 160, itemWidth: 12,
      text: [`${some(most)} ${graph.unit}`, some(least)], textStyle: { color: c.ink }, inRange: { color: [c.paper, graph.colour] },
    },
    series: [{ type: "heatmap", data: cells, itemStyle: { borderColor: c.line, borderWidth: 1 }, emphasis: { disabled: true } }],
  };
}

// rain draws a row for each name and a cell for each step in which it was seen,
// the more the stronger: by the logarithm, since a few have most.
function rain(graph, element) {
  const c = colours(element);
  element.style.height = `${graph.labels.length * 22 + 44}px`;
  const most = Math.log1p(Math.max(...graph.series.flatMap((s) => s.values)));
  const cells = graph.series.flatMap((s, row) => s.values.map((n, i) => [time(graph, i), row, n]).filter((cell) => cell[2] > 0));
  const until = (t) => Math.min(t + graph.step, end(graph));
  return {
    ...base(element, (p) => `${plain(graph.labels[p.value[1]])}\n${at(p.value[0])} to ${at(until(p.value[0]))} UTC\n${count(p.value[2])} ${graph.unit}`),
    grid: inside({ right: narrow(element) ? 8 : 28 }),
    xAxis: times(graph, element, c, {}),
    yAxis: [{ ...names(graph, element, c), splitLine: lines(c) }, totals(graph, c)],
    series: [{
      type: "custom", color: graph.colour, encode: { x: 0, y: 1 }, data: cells,
      renderItem: (params, api) => box(api, api.value(0), until(api.value(0)), api.value(1), 18,
        { fill: graph.colour, opacity: 0.2 + 0.8 * Math.log1p(api.value(2)) / most }),
    }],
  };
}

// totals are the rows' values, at the right.
const totals = (graph, c) => axis(c, {
  axis: { type: "category", inverse: true, position: "right", data: graph.values.map(count), axisLine: { show: false } },
  axisLabel: { interval: 0 },
});

// box is a rectangle from a time until another in a row.
function box(api, from, to, row, height, style) {
  const [left, middle] = api.coord([from, row]);
  const [right] = api.coord([to, row]);
  return { type: "rect", shape: { x: left, y: middle - height / 2, width: Math.max(2, right - left - 1), height }, style };
}

// looks are the colours and shapes of what was or happened. White text can be read
// on those of spans.
const looks = [
  { colour: "#2b6cb0" }, { colour: "#6b46c1" }, { colour: "#0f766e" }, { colour: "#9a5b13" }, // releases, in turn
  { colour: "#d62728", shape: "triangle" }, // grave
  { colour: "#2b6cb0", shape: "circle" }, // to be known
  { colour: "#64748b", shape: "square" }, // a change
  { colour: "#b45309", shape: "diamond" }, // it may be grave
];

// spans draws what was from when until when, and what happened between, with words
// on the bars.
function spans(graph, element) {
  const c = colours(element);
  element.style.height = `${graph.labels.length * 30 + 44}px`;
  return {
    ...base(element, (p) => markTip(graph, graph.spans[p.dataIndex])),
    grid: inside({ right: 28 }),
    xAxis: times(graph, element, c, {}),
    yAxis: names(graph, element, c),
    series: [{
      type: "custom", encode: { x: [1, 2], y: 0 }, clip: true,
      data: graph.spans.map((s) => [s.label, s.from, s.to]),
      renderItem: (params, api) => drawSpan(graph.spans[params.dataIndex], api, c),
    }],
  };
}

// drawSpan is a bar with its text, if it fits, or the shape of a moment.
function drawSpan(span, api, c) {
  const look = looks[span.look];
  if (look.shape) {
    return { type: "group", children: [shape(api, span, look, c)] };
  }
  const rect = box(api, span.from, span.to, span.label, 20, { fill: look.colour });
  const { x, y, width: wide, height } = rect.shape;
  const text = { type: "text", silent: true, style: { text: span.text ?? "", x: x + 12, y: y + height / 2, fill: "#fff", font: "12px system-ui, sans-serif", verticalAlign: "middle" } };
  return { type: "group", children: wide > 20 + letter * (span.text?.length ?? 0) ? [rect, text] : [rect] };
}

// shape stands where something happened.
function shape(api, span, look, c) {
  const [x, y] = api.coord([span.from, span.label]);
  const style = { fill: look.colour, stroke: c.paper, lineWidth: 1.5 };
  switch (look.shape) {
    case "triangle": return { type: "polygon", shape: { points: [[x, y - 8], [x + 8, y + 6], [x - 8, y + 6]] }, style };
    case "diamond": return { type: "polygon", shape: { points: [[x, y - 8], [x + 8, y], [x, y + 8], [x - 8, y]] }, style };
    case "square": return { type: "rect", shape: { x: x - 6, y: y - 6, width: 12, height: 12 }, style };
  }
  return { type: "circle", shape: { cx: x, cy: y, r: 6 }, style };
}

function markTip(graph, span) {
  const when = span.from === span.to ? `${at(span.from)} UTC` : `${at(span.from)} to ${at(span.to)} UTC`;
  return [plain(graph.labels[span.label]), ...[span.text, span.more].filter(Boolean).map((t) => plain(t)), when].join("\n");
}

const laneHeight = () => (printing ? 24 : 30);

// story draws how much there was, and below, in lanes, what happened.
function story(graph, element) {
  const c = colours(element);
  const small = narrow(element);
  const lanes = graph.labels.length * laneHeight();
  const high = small || printing ? 120 : 170; // on paper it shares a page with the answers
  element.style.height = `${high + 40 + lanes}px`;
  const left = small ? 86 : 104;
  const widths = { left, right: 28, outerBoundsMode: "none" };
  const placed = places(graph, width(element) - left - 28);
  return {
    // Of the areas the library passes the points of a step, of the lanes a mark.
    ...base(element, (p) => (Array.isArray(p) ? stackTip(graph, p) : markTip(graph, graph.spans[p.dataIndex]))),
    grid: [
      { ...widths, top: 10, height: high, tooltip: { trigger: "axis" } },
      { ...widths, top: high + 34, height: lanes },
    ],
    xAxis: [times(graph, element, c, {}), { ...times(graph, element, c, { gridIndex: 1, splitLine: lines(c) }), axisLabel: { show: false }, axisLine: { show: false } }],
    yAxis: [
      amounts(c, { gridIndex: 0, splitNumber: 3 }),
      { ...names(graph, element, c), gridIndex: 1, axisLabel: { color: c.ink, width: left - 8, overflow: "truncate", interval: 0, fontWeight: 600 } },
    ],
    series: [
      ...areas(graph, { xAxisIndex: 0, yAxisIndex: 0 }).map((s, i) => ({ ...s, areaStyle: { opacity: i ? 0.45 : 1 } })),
      {
        type: "custom", encode: { x: [1, 2], y: 0 }, clip: false, xAxisIndex: 1, yAxisIndex: 1, z: 5,
        data: graph.spans.map((s) => [s.label, s.from, s.to]),
        renderItem: (params, api) => drawMark(graph.spans[params.dataIndex], placed[params.dataIndex], api, c),
      },
    ],
  };
}

// letter is the mean width of one, in pixels, as wide as need be.
const letter = 6.4;

// weights are how little the words beside a mark of each look matter.
const weights = { 4: 0, 7: 1, 6: 2, 5: 3 };

// places says where the text of each mark goes. The gravest choose first.
function places(graph, pixels) {
  const x = (t) => (t - graph.start) / (end(graph) - graph.start) * pixels;
  const taken = graph.labels.map(() => []);
  for (const s of graph.spans) {
    taken[s.label].push([x(s.from) - 9, Math.max(x(s.to), x(s.from)) + 9]);
  }
  const placed = [];
  for (const i of [...graph.spans.keys()].sort((a, b) => weights[graph.spans[a].look] - weights[graph.spans[b].look])) {
    const s = graph.spans[i];
    placed[i] = place(s.text, x(s.from), x(s.to), pixels, taken[s.label]);
  }
  return placed;
}

// place says where a text goes: behind its mark, or before, if another one or the
// edge is too near; nowhere if there is no room at all.
function place(text, from, to, pixels, taken) {
  const long = (text?.length ?? 0) * letter + 4;
  for (const [side, a, b] of [["behind", to + 10, to + 10 + long], ["before", from - 10 - long, from - 10]]) {
    if (text && a > 0 && b < pixels && taken.every(([l, r]) => b <= l || a >= r)) {
      taken.push([a, b]);
      return side;
    }
  }
  return "nowhere";
}

function drawMark(span, place, api, c) {
  const look = looks[span.look];
  const marks = [shape(api, span, look, c)];
  if (span.to > span.from) {
    marks.unshift(box(api, span.from, span.to, span.label, 6, { fill: look.colour, opacity: 0.6 }));
  }
  const [left, y] = api.coord([span.from, span.label]);
  const [right] = api.coord([span.to, span.label]);
  const behind = place === "behind";
  if (place !== "nowhere") {
    marks.push({ type: "text", silent: true, style: { text: span.text, x: behind ? right + 10 : left - 10, y, fill: c.ink, font: "12px system-ui, sans-serif", verticalAlign: "middle", align: behind ? "left" : "right" } });
  }
  return { type: "group", children: marks };
}

const options = { story, stack, bars, heat, rain, spans };

// ---- Drawing

function draw(graph) {
  const element = document.getElementById(`${graph.id}-graph`);
  const option = options[graph.kind](graph, element); // it may set the height
  const chart = echarts.init(element, null, { renderer: "svg" });
  chart.setOption(option);
  drawn.push({ graph, element, chart });
  if (graph.kind === "stack") {
    layers(graph, chart, element.parentElement);
    zoom(graph, chart, element);
  }
}

// redraw keeps what was zoomed and hidden: setOption merges.
function redraw() {
  for (const d of drawn) {
    d.chart.setOption(options[d.graph.kind](d.graph, d.element));
    d.chart.resize({ width: printing ? paperWidth : "auto", height: "auto" });
    if (d.graph.kind === "stack") {
      tickZoomed(d.graph, d.chart, d.element);
    }
    d.chart.getZr().flush(); // paper does not wait for the next frame
  }
}

// ---- The controls of a stack

// layers makes a checkbox for each series.
function layers(graph, chart, figure) {
  const box = figure.querySelector(".layers");
  graph.series.forEach((s, i) => {
    const input = document.createElement("input");
    const mark = document.createElement("span");
    const label = document.createElement("label");
    input.type = "checkbox";
    input.checked = true;
    input.addEventListener("change", () => {
      chart.dispatchAction({ type: input.checked ? "legendSelect" : "legendUnSelect", name: s.name });
    });
    mark.className = `mark p${pattern(i)}`;
    mark.style.backgroundColor = s.colour;
    label.append(input, mark, s.name);
    box.append(label);
  });
}

// zoomed is from when until when a stack is shown.
function zoomed(chart) {
  const { startValue, endValue } = chart.getOption().dataZoom[0];
  return [startValue, endValue];
}

function tickZoomed(graph, chart, element) {
  chart.setOption({ xAxis: { axisLabel: labels(...zoomed(chart), element) } });
}

// zoom ties two sliders, for keyboard and reader, to the brush below the graph.
function zoom(graph, chart, element) {
  const [from, to, all, output] = [".from", ".to", ".all", "output"].map((s) => element.parentElement.querySelector(s));
  const name = (input) => `${at(time(graph, +input.value))} UTC`;
  from.max = to.max = graph.steps;
  to.value = graph.steps;
  const say = () => {
    [from.ariaValueText, to.ariaValueText] = [name(from), name(to)];
    output.textContent = `${at(time(graph, +from.value))} to ${name(to)}`;
  };
  const show = (first, last) => chart.dispatchAction({ type: "dataZoom", startValue: time(graph, first), endValue: time(graph, last) });
  from.addEventListener("input", () => show(Math.min(+from.value, +to.value - 1), +to.value));
  to.addEventListener("input", () => show(+from.value, Math.max(+to.value, +from.value + 1)));
  all.addEventListener("click", () => show(0, graph.steps));
  chart.on("datazoom", () => {
    [from.value, to.value] = zoomed(chart).map((t) => Math.round((t - graph.start) / graph.step));
    tickZoomed(graph, chart, element);
    say();
  });
  say();
}

// ---- The controls of the page

// toggle makes a button show and hide what it controls.
function toggle(button, words, show) {
  let shown = false;
  const set = (now) => {
    shown = now;
    show(now);
    button.ariaExpanded = String(now);
    button.textContent = words[Number(now)];
  };
  button.addEventListener("click", () => set(!shown));
  set(false);
}

const controlled = (button) => document.getElementById(button.getAttribute("aria-controls"));

// rest is what stands below a long table: the button for its other rows.
const rest = (table) => document.querySelector(`button.rows[aria-controls="${table.id}"]`)?.parentElement;

// A graph's table waits behind its button, and a long table's end.
function tables() {
  for (const button of document.querySelectorAll("button.rows")) {
    const table = controlled(button);
    toggle(button, [button.textContent, "Show the first rows only"], (shown) => table.classList.toggle("all", shown));
  }
  for (const button of document.querySelectorAll("button.tables")) {
    const table = controlled(button);
    toggle(button, ["Show the table", "Hide the table"], (shown) => {
      table.hidden = !shown;
      const more = rest(table);
      if (more) {
        more.hidden = !shown;
      }
    });
  }
}

// Only what scrolls needs a stop of the Tab key: without script, all has one.
function stops() {
  const sizes = new ResizeObserver((list) => {
    for (const { target } of list) {
      const scrolls = target.scrollWidth > target.clientWidth + 1 || target.scrollHeight > target.clientHeight + 1;
      target.toggleAttribute("tabindex", scrolls);
      if (scrolls) {
        target.tabIndex = 0;
      }
    }
  });
  for (const box of document.querySelectorAll(".table, pre")) {
    sizes.observe(box);
  }
}

// A link to a folded text unfolds it.
function unfolding() {
  const unfoldTarget = () => {
    const target = document.getElementById(location.hash.slice(1));
    for (let d = target?.closest("details"); d; d = d.parentElement.closest("details")) {
      d.open = true;
    }
    if (target?.closest("details")) {
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", unfoldTarget);
  unfoldTarget();
}

// On a phone a row is a card, where each cell needs its column's name beside it.
function cards() {
  const phone = matchMedia("(max-width: 40rem)");
  const label = () => {
    for (const table of phone.matches ? document.querySelectorAll(".cards table") : []) {
      const heads = [...table.tHead.rows[0].cells].map((c) => c.textContent);
      for (const cell of table.querySelectorAll("td:not(.spark)")) {
        cell.dataset.name = heads[cell.cellIndex];
      }
    }
  };
  phone.addEventListener("change", label);
  label();
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

const textsOnPaper = 10;

// Paper has no folds: what is grave of the folded is open there, the first of
// many.
function unfold(now) {
  for (const texts of document.querySelectorAll("details.texts")) {
    for (const details of [texts, ...[...texts.querySelectorAll("details.grave")].slice(0, textsOnPaper)]) {
      if (now) {
        details.dataset.was = details.open;
      }
      details.open = now || details.dataset.was === "true";
    }
  }
}

function paper() {
  const print = (now) => () => {
    printing = now;
    root.dataset.theme = now ? "light" : document.querySelector("input[name=theme]:checked").value;
    unfold(now);
    redraw();
  };
  addEventListener("beforeprint", print(true));
  addEventListener("afterprint", print(false));
}

function widths() {
  let before = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth !== before && !printing) { // a phone's bars come and go in height only
      before = innerWidth;
      redraw();
    }
  });
}

root.classList.add("js");
tables();
cards();
stops();
unfolding();
themes();
paper();
widths();
graphs.forEach(draw);
root.dataset.drawn = drawn.length;
performance.mark("drawn");

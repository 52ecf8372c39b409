"use strict";
const page = document.getElementById("page");
const colours = ["#0969da", "#bc4c00", "#1a7f37", "#8250df", "#bf3989", "#9a6700", "#57606a"];
const css = getComputedStyle(document.documentElement);
const ink = css.getPropertyValue("--ink").trim();
const grid = { stroke: css.getPropertyValue("--line").trim(), width: 1 };

function add(parent, tag, text, className) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return parent.appendChild(element);
}
function table(parent, head, rows) {
  const all = add(add(parent, "div", undefined, "scroll"), "table");
  const top = add(add(all, "thead"), "tr");
  head.forEach(cell => add(top, "th", cell));
  const body = add(all, "tbody");
  rows.forEach(row => { const line = add(body, "tr"); row.forEach(cell => add(line, "td", cell)); });
}
function number(value) {
  const size = Math.abs(value);
  return value.toLocaleString("en", { maximumFractionDigits: size >= 100 ? 0 : size >= 10 ? 1 : 2 });
}
function bytes(value) { return value >= 1e9 ? number(value / 1e9) + " GB" : value >= 1e6 ? number(value / 1e6) + " MB" : number(value / 1e3) + " kB"; }

/* Lines over x that each have their own places: {label, points: [[x, y], …], dash}. */
function chart(parent, title, xLabel, yLabel, lines, options) {
  lines = lines.filter(line => line.points.length > 0);
  if (lines.length === 0) return;
  const { log = [false, false], format = number } = options || {};
  const xs = [...new Set(lines.flatMap(line => line.points.map(point => point[0])))].sort((a, b) => a - b);
  const data = [xs, ...lines.map(line => { const at = new Map(line.points); return xs.map(x => at.has(x) ? at.get(x) : undefined); })];
  const figure = add(parent, "figure");
  add(figure, "figcaption", title);
  const axis = (label, values) => ({ label, stroke: ink, grid, ticks: grid, values: (plot, ticks) => ticks.map(tick => tick === null ? "" : values(tick)) });
  const scale = isLog => isLog ? { distr: 3, time: false } : { time: false };
  new uPlot({
    width: Math.min(600, Math.max(320, figure.clientWidth)), height: 320,
    scales: { x: scale(log[0]), y: scale(log[1]) },
    axes: [axis(xLabel, number), { ...axis(yLabel, format), size: 70 }],
    series: [{ label: xLabel, value: (plot, value) => value === null ? "–" : number(value) },
      ...lines.map((line, i) => ({ label: line.label, stroke: line.colour || colours[i % colours.length], width: 2, dash: line.dash, spanGaps: true,
        points: { show: true, size: 6 }, value: (plot, value) => value === null || value === undefined ? "–" : format(value) }))],
  }, data, figure);
}

add(page, "h1", "Load test: " + REPORT.profile);
add(page, "p", REPORT.date + ", " + REPORT.machine + ". Times in milliseconds.");
const faults = REPORT.faults || [];
add(page, "p", faults.length === 0 ? "Passed." : "Failed:", faults.length === 0 ? "passed" : "failed");
if (faults.length > 0) { const list = add(page, "ul"); faults.forEach(fault => add(list, "li", fault)); }

for (const compared of REPORT.comparisons || []) {
  add(page, "h2", compared.title);
  table(page, compared.head, compared.rows);
}

const stages = REPORT.servers.flatMap(server => server.stages || []);
const groups = [...new Set(stages.map(stage => stage.group))].filter(group => group !== "");
for (const group of groups) {
  const own = stages.filter(stage => stage.group === group && stage.counts.tokensPerSecond > 0);
  if (own.length < 2) continue;
  add(page, "h2", group);
  const charts = add(page, "div", undefined, "charts");
  const percentiles = (name) => ["p50", "p90", "p99"].map(p => ({
    label: p, points: own.filter(stage => stage.counts[name].count > 0).map(stage => [stage.counts.tokensPerSecond, Math.max(0.001, stage.counts[name][p])]) }));
  chart(charts, "Throughput against time to first token", "tokens/s", "ms", percentiles("ttft"), { log: [false, true] });
  chart(charts, "Throughput against inter-token latency", "tokens/s", "ms", percentiles("interToken"), { log: [false, true] });
}

const held = stages.filter(stage => (stage.sight.retained || []).length > 1);
const moments = stages.filter(stage => (stage.sight.moments || []).some(moment => moment.bytes > 0));
if (held.length + moments.length > 0) {
  add(page, "h2", "What caches held of their contexts");
  add(page, "p", "From the server's /metrics during the run. Left: means of each bucket of contexts, after every step. Right: the mean running sequence at moments of the run.");
  const charts = add(page, "div", undefined, "charts");
  const byServer = REPORT.servers.map((server, i) => ({ name: server.name, colour: colours[i % colours.length], own: (server.stages || []) }));
  const everything = held.flatMap(stage => stage.sight.retained.map(point => [point.context, point.context]));
  const mean = (points) => { const sums = new Map(); points.forEach(([x, y]) => { const key = Math.round(x); const was = sums.get(key) || [0, 0]; sums.set(key, [was[0] + y, was[1] + 1]); });
    return [...sums].map(([x, [sum, count]]) => [x, sum / count]).sort((a, b) => a[0] - b[0]); };
  chart(charts, "Retained tokens against context", "tokens read", "tokens held", [
    ...byServer.map(server => ({ label: server.name, colour: server.colour, points: mean(server.own.flatMap(stage => (stage.sight.retained || []).map(point => [point.context, point.retained]))) })),
    { label: "all of them", colour: "#8c959f", dash: [4, 4], points: mean(everything) }]);
  chart(charts, "Cache bytes against context", "tokens read", "bytes of a sequence", [
    ...byServer.map(server => ({ label: server.name, colour: server.colour, points: mean(server.own.flatMap(stage => (stage.sight.moments || []).filter(moment => moment.bytes > 0).map(moment => [moment.context, moment.bytes]))) })),
    { label: "if nothing were evicted", colour: "#8c959f", dash: [4, 4], points: mean(moments.flatMap(stage => stage.sight.moments.filter(moment => moment.bytes > 0).map(moment => [moment.context, moment.fullBytes]))) }], { format: bytes });
}

for (const server of REPORT.servers) {
  add(page, "h2", server.name);
  add(add(page, "p"), "code", server.command);
  const both = latency => latency.count === 0 ? "–" : number(latency.p50) + " / " + number(latency.p99);
  if ((server.stages || []).length > 0) {
    table(page, ["load", "requests/s", "tokens/s", "goodput/s", "TTFT p50 / p99", "inter-token p50 / p99", "TPOT p50 / p99", "end to end p50 / p99", "refused (p99)", "failed, differ, dropped", "running", "CPU client / server"],
      server.stages.map(stage => [(stage.name ? stage.name + ": " : "") + stage.load, number(stage.counts.completedPerSecond), number(stage.counts.tokensPerSecond), number(stage.counts.goodPerSecond),
        both(stage.counts.ttft), both(stage.counts.interToken), both(stage.counts.tpot), both(stage.counts.endToEnd),
        stage.counts.refused + (stage.counts.refused ? " (" + number(stage.counts.refusal.p99) + ")" : ""), [stage.counts.failed, stage.counts.differing, stage.counts.dropped].join(", "),
        stage.sight.mostRunning, number(stage.sight.clientCpu) + " / " + number(stage.sight.serverCpu)]));
    const about = [...new Set(server.stages.map(stage => stage.workload + ". SLO: " + stage.slo + "."))];
    about.forEach(text => add(page, "p", text));
  }
  if ((server.residue || []).length > 0) {
    add(page, "p", "What it held while idle, before and after:");
    table(page, ["meter", "before", "after"], server.residue.map(value => [value.name, number(value.before), number(value.after) + (value.isClean ? "" : " (not returned)")]));
  }
}
add(page, "h2", "How it is computed");
const formulas = add(page, "ul");
REPORT.formulas.forEach(formula => add(formulas, "li", formula));

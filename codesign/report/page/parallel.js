// SPDX-License-Identifier: Apache-2.0
'use strict';
// Parallel coordinates as SVG: one path for the pairs outside the brush and one a colour for those within, however many there are.
const parallel = {
  axes: [],
  drawn: 0,
  width: 1160,
  height: 250,
  top: 50,
  bottom: 22
};
const chosenChoices = 6;

/** Objectives, then the choices that matter most. */
function parallelAxes() {
  const {width, height, top, bottom} = parallel;
  const order = data.matters ? data.matters.order.filter((gene) => varied.includes(gene)) : varied;
  const entries = [
    ...data.objectives.map((o, i) => ({objective: i, label: o.label, better: o.better})),
    ...order.slice(0, chosenChoices).map((gene) => ({gene, label: short(data.genes[gene].name), title: data.genes[gene].name}))
  ];
  const step = (width - 120) / Math.max(1, entries.length - 1);
  const most = Math.max(6, Math.floor(step / 6));  // characters between two axes
  const brief = (text) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
  return entries.map((entry, i) => {
    const axis = {...entry, x: 60 + i * step, row: entries.length > 7 && i % 2 ? 28 : 12};
    const [from, to] = entry.better === 'lower' ? [top, height - bottom] : [height - bottom, top];
    if (entry.gene === undefined) {
      const values = rows.map((row) => objective(row, entry.objective));
      axis.unit = scaleFor(values, data.objectives[entry.objective].unit);
      axis.scale = axisScale(values, from, to);
      axis.at = (row) => axis.scale.at(objective(row, entry.objective));
      axis.ends = [axis.scale.back(from), axis.scale.back(to)].map((v) => digits(v / axis.unit[0]));
    } else {
      const least = data.pairs.genes[entry.gene].includes(-1) ? -1 : 0, last = data.genes[entry.gene].settings.length - 1;
      axis.place = (number) => from + (number - least + 0.5) / (last - least + 1) * (to - from);
      axis.at = (row) => axis.place(data.pairs.genes[entry.gene][row]);
      axis.ends = [least < 0 ? 'not present' : data.genes[entry.gene].settings[0], data.genes[entry.gene].settings[last]].map(brief);
    }
    axis.from = from;
    axis.to = to;
    return axis;
  });
}

function linesOf(some) {
  const {axes} = parallel;
  let d = '';
  for (const row of some) {
    for (let i = 0; i < axes.length; i += 1) d += `${i ? 'L' : 'M'}${axes[i].x.toFixed(0)} ${axes[i].at(row).toFixed(1)}`;
  }
  return d;
}
function coloured(some) {
  const groups = new Map();
  for (const row of some) {
    const colour = onFront(row) || $('axis-colour').value ? scatter.colour.of(row) : '#8894a0';
    if (!groups.has(colour)) groups.set(colour, []);
    groups.get(colour).push(row);
  }
  return [...groups];
}

/** Brushes an axis by dragging along it; a click on it takes its brush away. */
function brushAxis(axis, event) {
  const box = $('parallel').getBoundingClientRect();
  const height = (e) => (e.clientY - box.y) / box.height * parallel.height;
  const start = height(event), node = event.currentTarget;
  node.setPointerCapture(event.pointerId);
  node.addEventListener('pointerup', (end) => {
    const [low, high] = [start, height(end)].sort((a, b) => a - b);
    applyBrush(axis, high - low < 4 ? null : [low, high]);
  }, {once: true});
}
function applyBrush(axis, span) {
  if (axis.gene === undefined) {
    setRange(axis.objective, span && span.map((y) => axis.scale.back(y)).sort((a, b) => a - b));
  } else {
    const inside =
      [...new Set(data.pairs.genes[axis.gene])].filter((number) => span && axis.place(number) >= span[0] && axis.place(number) <= span[1]);
    setSettings(axis.gene, inside.length ? new Set(inside) : null);
  }
}
function brushMark(axis) {
  if (axis.gene !== undefined || !selection.ranges.has(axis.objective)) return null;
  const [a, b] = selection.ranges.get(axis.objective)
                   .map((value) => {
                     const end = Math.abs(value) === Infinity || (axis.scale.log && value <= 0);
                     const y = end ? (value > 0 ? axis.to : axis.from) : axis.scale.at(value);
                     return Math.min(Math.max(y, parallel.top), parallel.height - parallel.bottom);
                   })
                   .sort((p, q) => p - q);
  return svg('rect', {x: axis.x - 6, width: 12, y: a, height: Math.max(b - a, 1), class: 'brush'});
}
function axisNode(axis) {
  const {top, bottom, height} = parallel;
  const unit = axis.unit && axis.unit[1] ? ` (${axis.unit[1]})` : '';
  return svg(
    'g', {}, svg('line', {x1: axis.x, x2: axis.x, y1: top, y2: height - bottom, class: 'axis'}), brushMark(axis),
    svg(
      'rect', {x: axis.x - 12, y: top, width: 24, height: height - bottom - top, class: 'catch', onpointerdown: (event) => brushAxis(axis, event)},
      svg('title', {}, `${axis.title || axis.label}: drag along the axis to brush`)),
    svg('text', {x: axis.x, y: axis.row, 'text-anchor': 'middle', class: 'title'}, axis.label + unit),
    svg('text', {x: axis.x, y: top - 7, 'text-anchor': 'middle'}, axis.from === top ? axis.ends[0] : axis.ends[1]),
    svg('text', {x: axis.x, y: height - bottom + 14, 'text-anchor': 'middle'}, axis.from === top ? axis.ends[1] : axis.ends[0]));
}

function drawParallel() {
  const start = performance.now();
  const brushed = new Set(selection.brushed), front = selection.brushed.filter(onFront), rest = selection.brushed.filter((row) => !onFront(row));
  const path = (some, attributes) => svg('path', {d: linesOf(some), fill: 'none', ...attributes});
  const own = rowOf.get(chosen);
  $('parallel')
    .replaceChildren(
      svg('title', {}, 'Every pair as a line through its objectives and choices'),
      path(selection.shown.filter((row) => !brushed.has(row)), {stroke: '#8894a0', 'stroke-opacity': 0.06}),
      path(rest, {stroke: '#8894a0', 'stroke-opacity': 0.12}),
      ...coloured(front).map(([colour, some]) => path(some, {stroke: colour, 'stroke-opacity': front.length > 200 ? 0.35 : 0.7})),
      own === undefined ? '' : path([own], {stroke: '#000000', 'stroke-width': 2.5}), ...parallel.axes.map(axisNode));
  parallel.drawn = performance.now() - start;
}
function buildParallel() {
  $('parallel').setAttribute('viewBox', `0 0 ${parallel.width} ${parallel.height}`);
  parallel.axes = parallelAxes();
}

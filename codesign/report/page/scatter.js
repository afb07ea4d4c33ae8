// SPDX-License-Identifier: Apache-2.0
'use strict';
// The Pareto explorer's plot: a canvas, so that thousands of pairs stay fluid. Drag to brush, click or arrow keys to choose.
const scatter = {
  x: null,
  y: null,
  points: [],
  drag: null,
  hover: null,
  colour: null,
  drawn: 0
};
const plotArea = {
  left: 66,
  right: 14,
  top: 12,
  bottom: 46
};

/** Rows whose 90 % intervals are drawn. */
function barred() {
  if ($('bars').checked) return selection.shown.filter(onFront);
  const ids = new Set([chosen, ...data.picks.map((pick) => pick.id)]);
  return selection.shown.filter((row) => ids.has(data.pairs.ids[row]));
}
function plotScale(index, from, to) {
  const values = [];
  for (const row of selection.shown) values.push(objective(row, index));
  for (const row of barred())
    for (const end of [objective(row, index) - spread(row, index), objective(row, index) + spread(row, index)])
      if (end > 0) values.push(end);
  for (const other of data.others)
    for (const point of other.front) values.push(point[index]);
  return axisScale(values, from, to);
}
function prepareCanvas(canvas) {
  const width = canvas.clientWidth, height = canvas.clientHeight, ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext('2d');
  pen.scale(ratio, ratio);
  pen.font = '12px system-ui, "DejaVu Sans", sans-serif';
  return {pen, width, height};
}

function drawAxes(pen, width, height, titles, units) {
  const {x, y} = scatter;
  pen.strokeStyle = '#e2e6ea';
  pen.fillStyle = '#4a5560';
  pen.textAlign = 'center';
  for (const tick of x.ticks.map((t) => t)) {
    const at = x.at(tick);
    pen.beginPath();
    pen.moveTo(at, plotArea.top);
    pen.lineTo(at, height - plotArea.bottom);
    pen.stroke();
    pen.fillText(tickText(tick / units[0]), at, height - plotArea.bottom + 16);
  }
  pen.fillText(titles[0], (x.from + x.to) / 2, height - 8);
  pen.textAlign = 'right';
  for (const tick of y.ticks) {
    const at = y.at(tick);
    pen.beginPath();
    pen.moveTo(plotArea.left, at);
    pen.lineTo(width - plotArea.right, at);
    pen.stroke();
    pen.fillText(tickText(tick / units[1]), plotArea.left - 6, at + 4);
  }
  pen.save();
  pen.textAlign = 'center';
  pen.translate(14, (y.from + y.to) / 2);
  pen.rotate(-Math.PI / 2);
  pen.fillText(titles[1], 0, 0);
  pen.restore();
}

function dot(pen, point, radius) {
  pen.beginPath();
  pen.arc(point.x, point.y, radius, 0, 2 * Math.PI);
}
function cross(pen, point) {
  pen.beginPath();
  pen.moveTo(point.x - 2.5, point.y - 2.5);
  pen.lineTo(point.x + 2.5, point.y + 2.5);
  pen.moveTo(point.x - 2.5, point.y + 2.5);
  pen.lineTo(point.x + 2.5, point.y - 2.5);
  pen.stroke();
}
function drawPoint(pen, point, brushed) {
  const state = data.pairs.state[point.row];
  pen.globalAlpha = (brushed ? 1 : 0.15) * (state === 2 ? 1 : 0.55);
  if (state === 0) {
    pen.strokeStyle = '#b3541e';
    cross(pen, point);
  } else if (state === 1) {
    pen.fillStyle = $('axis-colour').value ? scatter.colour.of(point.row) : '#8894a0';
    dot(pen, point, 2);
    pen.fill();
  } else {
    pen.fillStyle = scatter.colour.of(point.row);
    dot(pen, point, 4.5);
    pen.fill();
    pen.strokeStyle = '#20262c';
    pen.lineWidth = 0.5;
    pen.stroke();
  }
  pen.globalAlpha = 1;
}
function drawOthers(pen, x, y) {
  pen.strokeStyle = '#d55e00';
  pen.lineWidth = 1.2;
  for (const other of data.others) {
    for (const point of other.front) {
      const [a, b] = [scatter.x.at(point[x]), scatter.y.at(point[y])];
      pen.beginPath();
      pen.moveTo(a, b - 5);
      pen.lineTo(a + 5, b);
      pen.lineTo(a, b + 5);
      pen.lineTo(a - 5, b);
      pen.closePath();
      pen.stroke();
    }
  }
}
/** 90 % intervals, across and up. */
function drawBars(pen, point, x, y) {
  pen.strokeStyle = '#3a4149';
  pen.lineWidth = 1;
  const [a, b] = [objective(point.row, x), objective(point.row, y)], [da, db] = [spread(point.row, x), spread(point.row, y)];
  const line = (x1, y1, x2, y2) => {
    pen.beginPath();
    pen.moveTo(x1, y1);
    pen.lineTo(x2, y2);
    pen.stroke();
  };
  const low = (scale, value, half) => scale.at(scale.log ? Math.max(value - half, value / 100) : value - half);
  if (da) line(low(scatter.x, a, da), point.y, scatter.x.at(a + da), point.y);
  if (db) line(point.x, low(scatter.y, b, db), point.x, scatter.y.at(b + db));
}
function drawMarks(pen) {
  const own = scatter.points.find((point) => data.pairs.ids[point.row] === chosen);
  if (own) {
    pen.strokeStyle = '#000000';
    pen.lineWidth = 3;
    dot(pen, own, 9);
    pen.stroke();
  }
  if (scatter.hover) {
    pen.strokeStyle = '#000000';
    pen.lineWidth = 1;
    dot(pen, scatter.hover, 7);
    pen.stroke();
  }
  if (scatter.drag) {
    const {x0, y0, x1, y1} = scatter.drag;
    pen.strokeStyle = '#0b5fa5';
    pen.lineWidth = 1;
    pen.fillStyle = 'rgba(11,95,165,.12)';
    pen.fillRect(x0, y0, x1 - x0, y1 - y0);
    pen.strokeRect(x0, y0, x1 - x0, y1 - y0);
  }
}

/** Draws everything; notes in scatter.drawn how many milliseconds that took. */
function drawScatter() {
  const start = performance.now();
  const x = Number($('axis-x').value), y = Number($('axis-y').value);
  const {pen, width, height} = prepareCanvas($('scatter'));
  scatter.x = plotScale(x, plotArea.left, width - plotArea.right);
  scatter.y = plotScale(y, height - plotArea.bottom, plotArea.top);
  const scaled = [x, y].map((index) => scaleFor(selection.shown.map((row) => objective(row, index)), data.objectives[index].unit));
  drawAxes(pen, width, height, [axisTitle(x, scaled[0]), axisTitle(y, scaled[1])], [scaled[0][0], scaled[1][0]]);
  scatter.points = selection.shown.map((row) => ({row, x: scatter.x.at(objective(row, x)), y: scatter.y.at(objective(row, y))}))
                     .sort((a, b) => data.pairs.state[a.row] - data.pairs.state[b.row]);
  const brushed = new Set(selection.brushed);
  scatter.points.forEach((point) => drawPoint(pen, point, brushed.has(point.row)));
  drawOthers(pen, x, y);
  const bars = new Set(barred());
  scatter.points.filter((point) => bars.has(point.row)).forEach((point) => drawBars(pen, point, x, y));
  drawMarks(pen);
  scatter.drawn = performance.now() - start;
}

function place(event) {
  const box = $('scatter').getBoundingClientRect();
  return [event.clientX - box.x, event.clientY - box.y];
}
/** The pair drawn next to a place, the front first; nothing beyond 12 pixels. */
function nearest(x, y) {
  let best = null, least = 144;
  for (const point of scatter.points) {
    const away = (point.x - x) ** 2 + (point.y - y) ** 2 - (onFront(point.row) ? 9 : 0);
    if (away <= least) {
      best = point;
      least = away;
    }
  }
  return best;
}
function endDrag() {
  const {x0, y0, x1, y1} = scatter.drag;
  scatter.drag = null;
  if (Math.abs(x1 - x0) < 5 && Math.abs(y1 - y0) < 5) {
    const point = nearest(x1, y1);
    if (point) choose(data.pairs.ids[point.row]);
    else drawScatter();
    return;
  }
  const span = (scale, a, b) => [scale.back(a), scale.back(b)].sort((p, q) => p - q);
  selection.ranges.set(Number($('axis-x').value), span(scatter.x, x0, x1));
  setRange(Number($('axis-y').value), span(scatter.y, y0, y1));
}
function showTip(point, x, y) {
  const tip = $('tip');
  tip.hidden = !point;
  if (!point) return;
  const id = data.pairs.ids[point.row], kind = ['over a budget', 'dominated', 'on the front'][data.pairs.state[point.row]];
  tip.replaceChildren(
    el('b', {}, `pair ${id}, ${kind}`), ...data.objectives.map((o, i) => el('div', {}, `${o.label}: ${objectiveText(point.row, i)}`)));
  tip.style.left = `${Math.min(x + 14, $('scatter').clientWidth - 190)}px`;
  tip.style.top = `${y + 14}px`;
}
function moveOver(event) {
  const [x, y] = place(event);
  if (scatter.drag) Object.assign(scatter.drag, {x1: x, y1: y});
  const point = scatter.drag ? null : nearest(x, y);
  if (!scatter.drag && point === scatter.hover) return;
  scatter.hover = point;
  showTip(point, x, y);
  requestAnimationFrame(drawScatter);
}

/** The next front pair to the right or left (or up or down) of the chosen one. */
function step(horizontal, direction) {
  const along = horizontal ? 'x' : 'y';
  const line = scatter.points.filter((point) => onFront(point.row)).sort((a, b) => direction * (a[along] - b[along]) || a.row - b.row);
  const now = line.findIndex((point) => data.pairs.ids[point.row] === chosen);
  const next = line[Math.min(now + 1, line.length - 1)];
  if (next) choose(data.pairs.ids[next.row]);
}
function scatterKey(event) {
  const arrows = {ArrowRight: [true, 1], ArrowLeft: [true, -1], ArrowUp: [false, -1], ArrowDown: [false, 1]};
  if (arrows[event.key]) step(...arrows[event.key]);
  else if (event.key === 'Enter') openPair(chosen);
  else if (event.key === 'Escape') clearSelection();
  else return;
  event.preventDefault();
}

function buildScatter() {
  const axes = data.objectives.map((o, i) => [i, o.label]);
  const first = Math.max(data.objectives.findIndex((o) => o.key === 'latency'), 0);
  const second = data.objectives.findIndex((o) => o.key === 'accuracy');
  option($('axis-x'), axes, first);
  option($('axis-y'), axes, second >= 0 ? second : Math.min(first + 1, axes.length - 1));
  const unit = varied.find((gene) => isTarget(gene) || /depthwise_unit$/.test(data.genes[gene].name));
  option($('axis-colour'), colourEntries(), unit === undefined ? '' : `g${unit}`);
  const recolour = () => {
    scatter.colour = colouring($('axis-colour').value);
    $('legend').replaceChildren(
      ...scatter.colour.legend,
      ...data.others.filter((other) => other.front.length)
        .map((other) => el('span', {class: 'swatch'}, el('i', {class: 'diamond'}), `front of ${other.label}`)));
  };
  recolour();
  $('axis-colour').addEventListener('change', () => {
    recolour();
    drawScatter();
    drawParallel();
  });
  ['axis-x', 'axis-y', 'bars'].forEach((id) => $(id).addEventListener('change', drawScatter));
  const canvas = $('scatter');
  canvas.addEventListener('pointerdown', (event) => {
    const [x, y] = place(event);
    scatter.drag = {x0: x, y0: y, x1: x, y1: y};
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', moveOver);
  canvas.addEventListener('pointerup', () => {
    if (scatter.drag) endDrag();
  });
  canvas.addEventListener('pointercancel', () => {
    scatter.drag = null;
    drawScatter();
  });
  canvas.addEventListener('pointerleave', () => {
    scatter.hover = null;
    showTip(null);
    drawScatter();
  });
  canvas.addEventListener('keydown', scatterKey);
  window.addEventListener('resize', drawScatter);
}

// SPDX-License-Identifier: Apache-2.0
'use strict';
// Okabe-Ito colours: told apart by colour-blind readers too.
const palette = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#d55e00', '#56b4e9', '#f0e442', '#555555'];
let scatter = null;

function axisTitle(index, scale) {
  const objective = data.objectives[index];
  return `${objective.label}${scale[1] ? ` (${scale[1]})` : ''}, ${objective.better} is better`;
}

/** Spread over more than a factor of thirty, an objective reads better on a logarithmic axis. */
function axisType(index) {
  const values = data.front.map((pair) => pair.objectives[index]);
  return Math.min(...values) > 0 && Math.max(...values) > 30 * Math.min(...values) ? 'logarithmic' : 'linear';
}

/** Groups of the front for the colour selector: {name: pairs}. */
function colourGroups(key) {
  const index = data.genes.indexOf(key);
  const groups = new Map();
  for (const pair of data.front) {
    const setting = index < 0 ? 'front' : pair.genes[index] === null ? 'not present' : pair.genes[index];
    if (!groups.has(setting)) groups.set(setting, []);
    groups.get(setting).push(pair);
  }
  return [...groups].sort((a, b) => String(a[0]).localeCompare(String(b[0]), 'en', {numeric: true}));
}

function scatterSets(x, y, scaleX, scaleY) {
  const at = (objectives, id) => ({x: objectives[x] / scaleX[0], y: objectives[y] / scaleY[0], id});
  const sets = [];
  const own = byId.get(chosen);
  if (own) {
    sets.push({label: 'chosen pair', data: [at(own.objectives, own.id)], pointStyle: 'circle', radius: 10, hoverRadius: 10,
      borderWidth: 3, borderColor: '#000000', backgroundColor: 'rgba(0,0,0,0)'});
  }
  colourGroups($('axis-colour').value).forEach(([name, pairs], i) => {
    sets.push({label: String(name), data: pairs.map((pair) => at(pair.objectives, pair.id)), radius: 4.5, hoverRadius: 7,
      backgroundColor: palette[i % palette.length], borderColor: '#ffffff', borderWidth: 0.5});
  });
  if ($('show-all').checked) {
    [[1, 'feasible, dominated', '#9aa5b1', 'circle'], [0, 'over a budget', '#d9b8a4', 'crossRot']].forEach(([state, label, colour, style]) => {
      const points = data.pairs.ids.map((id, i) => i).filter((i) => data.pairs.state[i] === state)
        .map((i) => at(data.pairs.objectives[i], data.pairs.ids[i]));
      if (points.length) sets.push({label, data: points, radius: 2.2, pointStyle: style, backgroundColor: colour, borderColor: colour, borderWidth: 1});
    });
  }
  return sets;
}

function drawScatter() {
  const x = Number($('axis-x').value);
  const y = Number($('axis-y').value);
  const reach = data.front.length ? data.front.map((pair) => pair.objectives) : data.pairs.objectives;
  const scaleX = scaleFor(reach.map((o) => o[x]), data.objectives[x].unit);
  const scaleY = scaleFor(reach.map((o) => o[y]), data.objectives[y].unit);
  if (scatter) scatter.destroy();
  scatter = new Chart($('scatter'), {
    type: 'scatter',
    data: {datasets: scatterSets(x, y, scaleX, scaleY)},
    options: {
      animation: false, maintainAspectRatio: false,
      onClick: (event, hits) => {
        const hit = hits.map((h) => scatter.data.datasets[h.datasetIndex].data[h.index]).find((point) => byId.has(point.id));
        if (hit) setTimeout(() => choose(hit.id), 0);  // it redraws the chart, which still handles this event
      },
      plugins: {
        legend: {position: 'right', labels: {usePointStyle: true, boxHeight: 6}},
        tooltip: {callbacks: {label: (item) => tooltip(item.raw)}},
      },
      scales: {x: {type: axisType(x), title: {display: true, text: axisTitle(x, scaleX)}}, y: {type: axisType(y), title: {display: true, text: axisTitle(y, scaleY)}}},
    },
  });
}

function tooltip(point) {
  const pair = byId.get(point.id);
  if (!pair) return `pair ${point.id} (not on the front)`;
  return [`pair ${pair.id}`, ...data.objectives.map((o, i) => `${o.label}: ${objectiveText(pair, i)}`)];
}

function buildExplorer() {
  const axes = data.objectives.map((o, i) => [i, o.label]);
  const first = Math.max(data.objectives.findIndex((o) => o.key === 'latency'), 0);
  const second = data.objectives.findIndex((o) => o.key === 'accuracy');
  option($('axis-x'), axes, first);
  option($('axis-y'), axes, second >= 0 ? second : Math.min(1, axes.length - 1));
  const varied = data.genes.filter((name, i) => new Set(data.front.map((pair) => pair.genes[i])).size > 1);
  option($('axis-colour'), [['', 'none'], ...varied.map((name) => [name, name])], varied.find((name) => /depthwise_unit$/.test(name)) || '');
  ['axis-x', 'axis-y', 'axis-colour', 'show-all'].forEach((id) => $(id).addEventListener('change', drawScatter));
  $('scatter-note').textContent = `${count(data.counts.front)} pairs on the front of ${count(data.counts.feasible)} feasible and ` +
    `${count(data.counts.evaluated)} evaluated ones. Click a point to see its chip and its layers below.` +
    (data.pairs.shown < data.counts.evaluated ? ` The plot shows a sample of ${count(data.pairs.shown)} of the others.` : '');
}

/** The last two steps of a gene's path: enough for a column's head. */
function short(path) { return path.split('.').slice(-2).join('.'); }

let sortBy = {column: 0, up: true};
function frontColumns() {
  return [
    {title: 'pair', value: (pair) => pair.id, text: (pair) => String(pair.id)},
    ...data.objectives.map((objective, i) => ({title: objective.label, value: (pair) => pair.objectives[i], text: (pair) => objectiveText(pair, i)})),
    ...data.genes.map((name, i) => ({title: name, text: (pair) => pair.genes[i] === null ? '' : String(pair.genes[i]), value: (pair) => pair.genes[i], left: true}))
      .filter((column) => new Set(data.front.map(column.value)).size > 1),
  ];
}
function compare(a, b) {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  return typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'en', {numeric: true});
}

function drawFront() {
  const columns = frontColumns();
  const {column, up} = sortBy;
  const rows = [...data.front].sort((a, b) => (up ? 1 : -1) * compare(columns[column].value(a), columns[column].value(b)) || a.id - b.id);
  const head = columns.map((c, i) => el('th', {class: c.left ? 'text' : null, 'aria-sort': i === column ? (up ? 'ascending' : 'descending') : null},
    el('button', {type: 'button', onclick: () => { sortBy = {column: i, up: i === column ? !up : true}; drawFront(); }}, short(c.title) + (i === column ? (up ? ' ▲' : ' ▼') : ''))));
  const body = rows.map((pair) => el('tr', {
    class: pair.id === chosen ? 'row chosen' : 'row', tabindex: 0, 'data-id': pair.id, onclick: () => choose(pair.id),
    onkeydown: (event) => { if (event.key === 'Enter') choose(pair.id); },
  }, columns.map((c) => el('td', {class: c.left ? 'text' : null}, c.text(pair)))));
  $('front').replaceChildren(el('thead', {}, el('tr', {}, head)), el('tbody', {}, body));
}

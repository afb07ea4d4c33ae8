// SPDX-License-Identifier: Apache-2.0
'use strict';
function buildHeader() {
  $('title').textContent = data.title;
  $('summary').textContent = data.summary;
  onChoice(() => $('picks').replaceChildren(...data.picks.map((pick) => {
    const pair = byId.get(pick.id);
    return el('button', {type: 'button', class: 'card', 'aria-pressed': pick.id === chosen, onclick: () => { choose(pick.id); $('pair').scrollIntoView(); }},
      el('b', {}, `${pick.title} (pair ${pick.id})`), el('span', {class: 'note'}, pick.why),
      el('dl', {}, data.objectives.flatMap((o, i) => [el('dt', {}, o.label), el('dd', {}, objectiveText(pair, i))])));
  })));
}

function buildSearch() {
  const points = data.hypervolume.points;
  if (!points.length) { $('search-section').remove(); return; }
  new Chart($('hypervolume'), {
    type: 'line',
    data: {datasets: [{label: 'hypervolume of the front so far', data: points.map(([x, y]) => ({x, y})), borderColor: '#0072b2', pointRadius: 2, stepped: true}]},
    options: {animation: false, maintainAspectRatio: false, plugins: {legend: {display: false}},
      scales: {x: {type: 'linear', title: {display: true, text: 'evaluated pairs'}}, y: {title: {display: true, text: 'hypervolume (fraction of the reference box)'}}}},
  });
  const reference = data.objectives.map((o, i) => `${o.label} ${format(data.hypervolume.reference[i], o.unit)}`).join(', ');
  $('search-note').textContent = `Hypervolume: the share of the box between the reference point (${reference}) and the best value of each objective that the front dominates.`;
}

function effectChart(effect, index, objective) {
  const canvas = el('canvas', {role: 'img', 'aria-label': `Mean ${objective.label} by ${effect.gene}`});
  const means = effect.settings.map((s) => s.means[index]);
  const scale = scaleFor(means, objective.unit);
  setTimeout(() => effectCharts.push(new Chart(canvas, {
    type: 'line',
    data: {labels: effect.settings.map((s) => s.label), datasets: [{data: means.map((m) => m / scale[0]), borderColor: '#0072b2', pointRadius: 4, backgroundColor: '#0072b2'}]},
    options: {animation: false, maintainAspectRatio: false, plugins: {legend: {display: false}, title: {display: true, text: effect.gene}},
      scales: {y: {title: {display: true, text: scale[1] || objective.label}}}},
  })), 0);
  return el('div', {class: 'plot'}, canvas);
}
const effectCharts = [];
function buildEffects() {
  if (!data.effects.length) { $('effects-section').remove(); return; }
  option($('effect-objective'), data.objectives.map((o, i) => [i, o.label]), 0);
  const draw = () => {
    effectCharts.splice(0).forEach((chart) => chart.destroy());
    const index = Number($('effect-objective').value);
    $('effects').replaceChildren(...data.effects.map((effect) => effectChart(effect, index, data.objectives[index])));
  };
  $('effect-objective').addEventListener('change', draw);
  draw();
}

function buildTrust() {
  const lines = data.trust.map((line) => el('p', {}, line));
  if (data.reasons.length) {
    lines.push(el('h3', {}, 'Why pairs were infeasible'), el('table', {}, el('tbody', {}, data.reasons.map((r) =>
      el('tr', {}, el('td', {}, count(r.count)), el('td', {class: 'text wrap'}, r.reason))))));
  }
  if (data.sources.length) {
    lines.push(el('details', {}, el('summary', {}, `Sources of the accuracy table (${data.sources.length})`),
      el('ul', {}, data.sources.map((source) => el('li', {}, source)))));
  }
  $('trust').replaceChildren(...lines);
}

function buildManifest() {
  const m = data.manifest;
  const table = (titles, rows) => el('div', {class: 'scroll'}, el('table', {}, el('thead', {}, el('tr', {}, titles.map((t) => el('th', {class: 'text'}, t)))),
    el('tbody', {}, rows.map((row) => el('tr', {}, row.map((cell) => el('td', {class: 'text wrap'}, String(cell))))))));
  const timing = Object.entries(run).map(([key, value]) => `${key.replaceAll('_', ' ')}: ${typeof value === 'number' ? digits(value) : value}`).join(', ');
  $('manifest').replaceChildren(
    el('p', {}, `Dyad ${m.version}, seed ${m.seed}, technology ${m.technology}.`), el('p', {class: 'note'}, timing),
    el('h3', {}, 'Files'), table(['file', 'SHA-256'], m.configs.map((c) => [c.file, c.sha256])),
    el('h3', {}, 'Constants'), table(['constant', 'value', 'unit', 'source'], m.constants.map((c) => [c.name, c.value, c.unit, c.source])));
}

buildHeader();
buildExplorer();
onChoice(drawScatter);
onChoice(drawFront);
onChoice(drawPair);
buildSearch();
buildEffects();
buildTrust();
buildManifest();
window.addEventListener('beforeprint', () => document.querySelectorAll('details').forEach((d) => { d.open = true; }));

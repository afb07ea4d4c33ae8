// SPDX-License-Identifier: Apache-2.0
'use strict';
/** What the fastest network of each target looks like, and what it loses on the others. */
function buildSpecialisation() {
  const s = data.specialisation;
  if (!s || !s.targets.length) { $('specialisation-section').remove(); return; }
  const shares = (list) => Object.entries(list).map(([key, value]) => `${key} ${Math.round(100 * value)} %`).join(', ');
  const time = (t) => format(t.latency_s, 's') + (t.interval_s ? ` (${t.interval_s.map((x) => format(x, 's')).join(' to ')})` : '');
  const rows = [['latency (90 % interval)', time], ['accuracy', (t) => (t.accuracy === undefined ? '–' : `${digits(t.accuracy)} %`)], ['resolution', (t) => count(t.resolution)],
    ['depth (kernels)', (t) => count(t.depth)], ['mean width (channels)', (t) => digits(t.width)], ['MACs', (t) => count(t.macs)], ['parameters', (t) => count(t.parameters)],
    ['windows', (t) => shares(t.windows)], ['MACs by operator', (t) => shares(t.operators)], ['precision', (t) => t.precision]];
  const head = (title) => el('thead', {}, el('tr', {}, el('th', {class: 'text'}, title), s.targets.map((t) => el('th', {class: 'text'}, t.target))));
  const percent = (x) => (x === null ? '–' : `${x >= 0 ? '+' : ''}${digits(100 * x)} %`);
  $('specialisation').replaceChildren(
    el('div', {class: 'scroll'}, el('table', {}, head('fastest network of'), el('tbody', {}, rows.map(([title, text]) =>
      el('tr', {}, el('td', {class: 'text'}, title), s.targets.map((t) => el('td', {class: 'text wrap'}, text(t)))))))),
    el('h3', {}, 'Time lost with the network of another target'),
    el('div', {class: 'scroll'}, el('table', {}, head('network of … on'), el('tbody', {}, s.loss.map((losses, i) =>
      el('tr', {}, el('td', {class: 'text'}, s.targets[i].target), losses.map((x) => el('td', {}, percent(x)))))))));
}
buildSpecialisation();

/** Networks of equal MACs that take unequal time, measured and predicted. */
function buildSameMacs() {
  const list = data.same_macs;
  if (!list || !list.length) { $('same-macs-section').remove(); return; }
  const both = (w, key, unit) => (w ? `${format(w.slower[key], unit)}, ${format(w.faster[key], unit)}` : '–');
  const titles = ['target', 'MACs', 'measured', 'ratio', 'predicted', 'ratio', 'networks', 'rank correlation of MACs', 'of the prediction'];
  const macs = (w) => (w ? `${count(w.slower.macs)}, ${count(w.faster.macs)}` : '–');
  $('same-macs').replaceChildren(el('div', {class: 'scroll'}, el('table', {},
    el('thead', {}, el('tr', {}, titles.map((t) => el('th', {class: 'text'}, t)))),
    el('tbody', {}, list.map((t) => el('tr', {}, [t.target, macs(t.widest), both(t.widest, 'measured_s', 's'), digits(t.widest ? t.widest.measured_ratio : NaN),
      both(t.widest, 'predicted_s', 's'), digits(t.widest ? t.widest.predicted_ratio : NaN), count(t.networks), digits(t.spearman_macs),
      digits(t.spearman_predicted)].map((cell) => el('td', {class: 'text'}, cell))))))));
}
buildSameMacs();

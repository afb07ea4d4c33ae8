// SPDX-License-Identifier: Apache-2.0
'use strict';
// How far the figures can be trusted, and what they were made from.

function tableOf(titles, body, caption) {
  return el(
    'div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption},
    el(
      'table', {}, el('caption', {}, caption),
      el('thead', {}, el('tr', {}, titles.map(([t, left]) => el('th', {class: left ? 'text' : null, scope: 'col'}, t)))),
      el('tbody', {}, body.map((row) => el('tr', {}, row.map((cell, i) => el('td', {class: titles[i][1] ? 'text wrap' : null}, String(cell))))))));
}
function signedPercent(share) { return share === 0 ? '0' : `${share > 0 ? '+' : '−'}${digits(Math.abs(100 * share))} %`; }

function constantsTable(robust) {
  const kept = (number) => `${count(number)} (${percent(number / robust.of)})`;
  const body = robust.constants.map((c) => [c.name, signedPercent(c.energy), signedPercent(c.area), kept(c.kept[0]), kept(c.kept[1])]);
  return tableOf(
    [['constant', 1], ['energy, +20 %', 0], ['area, +20 %', 0], ['pairs that stay at −20 %', 0], ['at +20 %', 0]], body,
    'Each cost constant by ±20 %: what it does to the front');
}
function buildRobustness() {
  const robust = data.robustness;
  if (!robust) {
    $('robustness').remove();
    return;
  }
  $('robustness-body').replaceChildren(...robust.words.map((line) => el('p', {}, line)), constantsTable(robust));
}

function buildTrust() {
  const lines = data.trust.map((line) => el('p', {}, line));
  if (data.reasons.length)
    lines.push(tableOf([['pairs', 0], ['reason', 1]], data.reasons.map((r) => [count(r.count), r.reason]), 'Why pairs were infeasible'));
  if (data.sources.length)
    lines.push(el(
      'details', {}, el('summary', {}, `Sources of the accuracy table (${data.sources.length})`),
      el('ul', {}, data.sources.map((source) => el('li', {}, source)))));
  $('trust-body').replaceChildren(...lines);
}

function buildManifest() {
  const m = data.manifest;
  const timing =
    Object.entries(run).map(([key, value]) => `${key.replaceAll('_', ' ')}: ${Number.isInteger(value) ? count(value) : typeof value === 'number' ? digits(value) : value}`).join(', ');
  $('manifest-body')
    .replaceChildren(
      el('p', {}, `Dyad ${m.version}, seed ${m.seed}, technology ${m.technology}.`), el('p', {class: 'note'}, timing),
      tableOf([['file', 1], ['SHA-256', 1]], m.configs.map((c) => [c.file, c.sha256]), 'Files'),
      tableOf([['constant', 1], ['value', 0], ['unit', 1], ['source', 1]], m.constants.map((c) => [c.name, c.value, c.unit, c.source]), 'Constants'));
}

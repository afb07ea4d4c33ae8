// SPDX-License-Identifier: Apache-2.0
'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const run = JSON.parse(document.getElementById('run').textContent);
const byId = new Map(data.front.map((pair) => [pair.id, pair]));
const listeners = [];
let chosen = data.front.length ? (data.picks.length ? data.picks[0].id : data.front[0].id) : null;

function $(id) { return document.getElementById(id); }

/** An element with attributes and children; strings become text, never markup. */
function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

const scales = {
  s: [[1, 's'], [1e-3, 'ms'], [1e-6, 'us'], [1e-9, 'ns']],
  J: [[1, 'J'], [1e-3, 'mJ'], [1e-6, 'uJ'], [1e-9, 'nJ'], [1e-12, 'pJ']],
  W: [[1, 'W'], [1e-3, 'mW'], [1e-6, 'uW']],
  B: [[1073741824, 'GiB'], [1048576, 'MiB'], [1024, 'KiB'], [1, 'B']],
  'J s': [[1, 'J s'], [1e-3, 'mJ s'], [1e-6, 'uJ s'], [1e-9, 'nJ s'], [1e-12, 'pJ s']],
  Hz: [[1e9, 'GHz'], [1e6, 'MHz'], [1e3, 'kHz'], [1, 'Hz']],
};

/** The scale that suits the largest of `values`, so that a column or an axis has one unit. */
function scaleFor(values, unit) {
  const table = scales[unit];
  if (!table) return [1, unit];
  const top = Math.max(...values.map(Math.abs).filter(Number.isFinite), 0);
  return table.find(([size]) => top >= size) || table[table.length - 1];
}
function digits(value) {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 1e6 || size < 1e-3) return value.toExponential(2);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}
function format(value, unit) {
  if (value === null || value === undefined) return '–';
  const [size, name] = scaleFor([value], unit);
  return `${digits(value / size)} ${name}`.trim();
}
function count(value) { return value.toLocaleString('en-US'); }

function objectiveText(pair, index) {
  const objective = data.objectives[index];
  const spread = pair.spread && pair.spread[objective.key];
  return format(pair.objectives[index], objective.unit) + (spread ? ` ± ${format(spread, objective.unit)}` : '');
}

function choose(id) {
  if (!byId.has(id)) return;
  chosen = id;
  listeners.forEach((listener) => listener());
}
/** Runs now and whenever another pair is chosen. */
function onChoice(listener) { listeners.push(listener); listener(); }

function option(select, entries, initial) {
  entries.forEach(([value, label]) => select.append(el('option', {value, selected: value === initial}, label)));
}

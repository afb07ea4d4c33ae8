// SPDX-License-Identifier: Apache-2.0
'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const run = JSON.parse(document.getElementById('run').textContent);
/** What a pair on the front has beyond its row: layers, chip, file. By id. */
const details = new Map(data.front.map((pair) => [pair.id, pair]));
/** Row of a pair in the columns of data.pairs, by id. */
const rowOf = new Map(data.pairs.ids.map((id, row) => [id, row]));
const rows = data.pairs.ids.map((id, row) => row);
const onFront = (row) => data.pairs.state[row] === 2;
const listeners = [];
let chosen = data.picks.length ? (data.picks.find((pick) => /knee/i.test(pick.title)) || data.picks[0]).id :
  data.pairs.ids.length        ? data.pairs.ids[0] :
                                 null;

function $(id) { return document.getElementById(id); }

/** An element with attributes and children; strings become text, never markup. */
function el(tag, attributes, ...children) { return dress(document.createElement(tag), attributes, children); }
/** The same in SVG. */
function svg(tag, attributes, ...children) { return dress(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children); }
function dress(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

const scales = {
  s: [[1, 's'], [1e-3, 'ms'], [1e-6, 'us'], [1e-9, 'ns']],
  J: [[1, 'J'], [1e-3, 'mJ'], [1e-6, 'uJ'], [1e-9, 'nJ'], [1e-12, 'pJ']],
  W: [[1, 'W'], [1e-3, 'mW'], [1e-6, 'uW']],
  B: [[1073741824, 'GiB'], [1048576, 'MiB'], [1024, 'KiB'], [1, 'B']],
  'B/s': [[1e9, 'GB/s'], [1e6, 'MB/s'], [1, 'B/s']],
  'J s': [[1, 'J s'], [1e-3, 'mJ s'], [1e-6, 'uJ s'], [1e-9, 'nJ s'], [1e-12, 'pJ s']],
  Hz: [[1e9, 'GHz'], [1e6, 'MHz'], [1e3, 'kHz'], [1, 'Hz']],
};

/** The scale that suits the largest of `values`, so that a column or an axis has one unit. */
function scaleFor(values, unit) {
  const table = scales[unit];
  if (!table) return [1, unit];
  let top = 0;
  for (const value of values)
    if (Number.isFinite(value)) top = Math.max(top, Math.abs(value));
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
function percent(share) { return `${digits(100 * share)} %`; }
function count(value) { return value.toLocaleString('en-US'); }

function objective(row, index) { return data.pairs.objectives[index][row]; }
/** Half-width of the 90 % interval; 0 where none is known. */
function spread(row, index) { return data.pairs.spread[index] ? data.pairs.spread[index][row] : 0; }
/** The label of a pair's setting; null where the choice is not active. */
function setting(row, gene) {
  const number = data.pairs.genes[gene][row];
  return number < 0 ? null : data.genes[gene].settings[number];
}
function objectiveText(row, index) {
  const {unit} = data.objectives[index];
  const [size, name] = scaleFor([objective(row, index)], unit);
  const half = spread(row, index);
  return `${digits(objective(row, index) / size)}${half > 0.002 * Math.abs(objective(row, index)) ? ` ± ${digits(half / size)}` : ''} ${name}`.trim();
}

function choose(id) {
  if (!rowOf.has(id)) return;
  chosen = id;
  listeners.forEach((listener) => listener());
}
/** Runs now and whenever another pair is chosen. */
function onChoice(listener) {
  listeners.push(listener);
  listener();
}

function option(select, entries, initial) {
  entries.forEach(([value, label]) => select.append(el('option', {value, selected: value === initial}, label)));
}
/** The last two steps of a gene's path, and which of several. */
function ending(path) {
  const steps = path.split('.'), place = (steps.slice(0, -2).join('.').match(/\[\d+\]/g) || []).join('');
  return `${place} ${steps.slice(-2).join('.')}`.trim();
}
const endings = data.genes.map((gene) => ending(gene.name));
/** What tells a gene from the others and fits a column's head. */
function short(path) {
  const brief = ending(path);
  return endings.filter((other) => other === brief).length > 1 ? path : brief;
}

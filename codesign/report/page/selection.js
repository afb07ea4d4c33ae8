// SPDX-License-Identifier: Apache-2.0
'use strict';
// Which pairs are looked at: a scope, allowed settings of choices, and ranges of objectives ("the brush").
const selection = {
  scope: 0,             // least state of a pair: 2 = the front, 1 = all within the budgets, 0 = all
  settings: new Map(),  // choice -> Set of allowed setting numbers
  ranges: new Map(),    // objective -> [low, high]
  shown: [],            // rows that scope and settings let through
  brushed: [],          // of those, the rows within all ranges
};
const selectionListeners = [];
const most = 12;  // settings of a choice that are offered one by one

const isTarget = (gene) => data.genes[gene].name === 'target';
/** Choices that differ among the pairs; what they run on before all others. */
const varied =
  data.genes.map((gene, number) => number).filter((number) => new Set(data.pairs.genes[number]).size > 1).sort((a, b) => isTarget(b) - isTarget(a));

function passes(row) {
  if (data.pairs.state[row] < selection.scope) return false;
  for (const [gene, allowed] of selection.settings)
    if (!allowed.has(data.pairs.genes[gene][row])) return false;
  return true;
}
function within(row) {
  for (const [index, [low, high]] of selection.ranges) {
    const value = objective(row, index);
    if (value < low || value > high) return false;
  }
  return true;
}
/** Runs now and whenever the selection changes. */
function onSelection(listener) {
  selectionListeners.push(listener);
  listener();
}

function reselect() {
  selection.shown = rows.filter(passes);
  selection.brushed = selection.ranges.size ? selection.shown.filter(within) : selection.shown;
  selectionListeners.forEach((listener) => listener());
}
function setRange(index, range) {
  if (range) selection.ranges.set(index, range);
  else selection.ranges.delete(index);
  reselect();
}
/** Allows some settings of a choice; null = all. */
function setSettings(gene, allowed) {
  if (allowed) selection.settings.set(gene, allowed);
  else selection.settings.delete(gene);
  reselect();
}
function clearSelection() {
  selection.settings.clear();
  selection.ranges.clear();
  reselect();
}

function toggleSetting(gene, number) {
  const all = [...new Set(data.pairs.genes[gene])];
  const allowed = new Set(selection.settings.get(gene) || all);
  if (!allowed.delete(number)) allowed.add(number);
  setSettings(gene, allowed.size === all.length || allowed.size === 0 ? null : allowed);
}

function settingButton(gene, number) {
  const button = el(
    'button', {type: 'button', class: 'chip', 'data-gene': gene, 'data-setting': number, onclick: () => toggleSetting(gene, number)},
    number < 0 ? 'not present' : data.genes[gene].settings[number]);
  onSelection(() => button.setAttribute('aria-pressed', !selection.settings.has(gene) || selection.settings.get(gene).has(number)));
  return button;
}
function settingSlider(gene) {
  const last = data.genes[gene].settings.length - 1;
  const bound = (name, value) => el('input', {type: 'range', min: 0, max: last, value, 'aria-label': `${data.genes[gene].name} ${name}`});
  const low = bound('from', 0), high = bound('to', last), text = el('span', {class: 'note'});
  const change = () => {
    const [from, to] = [Number(low.value), Number(high.value)].sort((a, b) => a - b);
    text.textContent = `${data.genes[gene].settings[from]} to ${data.genes[gene].settings[to]}`;
    setSettings(gene, from === 0 && to === last ? null : new Set(Array.from({length: to - from + 1}, (_, i) => from + i)));
  };
  low.addEventListener('change', change);
  high.addEventListener('change', change);
  onSelection(() => {
    if (selection.settings.has(gene)) return;
    [low.value, high.value] = [0, last];
    text.textContent = '';
  });
  return [low, high, text];
}
function filterOf(gene) {
  const numbers = [...new Set(data.pairs.genes[gene])].sort((a, b) => a - b);
  return el(
    'div', {class: 'filter', role: 'group', 'aria-label': data.genes[gene].name},
    el('span', {class: 'name', title: data.genes[gene].name}, short(data.genes[gene].name)),
    numbers.length > most ? settingSlider(gene) : numbers.map((number) => settingButton(gene, number)));
}

/** A range as two numbers, for those who do not drag. */
function rangeOf(index) {
  const values = rows.map((row) => objective(row, index));
  const [size, unit] = scaleFor(values, data.objectives[index].unit);
  const input = (name) => el('input', {type: 'number', step: 'any', placeholder: name, 'aria-label': `${name} ${data.objectives[index].label}`});
  const low = input('least'), high = input('most');
  const change = () => setRange(index, low.value === '' && high.value === '' ? null : [
    low.value === '' ? -Infinity : Number(low.value) * size, high.value === '' ? Infinity : Number(high.value) * size
  ]);
  [low, high].forEach((box) => box.addEventListener('change', change));
  onSelection(() => {
    const range = selection.ranges.get(index);
    const shown = (value) => (range && Number.isFinite(value) ? String(Number((value / size).toPrecision(6))) : '');
    low.value = shown(range && range[0]);
    high.value = shown(range && range[1]);
  });
  return el('div', {class: 'filter'}, el('span', {class: 'name'}, `${data.objectives[index].label}${unit ? ` (${unit})` : ''}`), low, ' to ', high);
}

function selectionText() {
  const front = selection.brushed.filter(onFront).length;
  return `${count(selection.brushed.length)} of ${count(rows.length)} pairs, ${count(front)} of them on the front.`;
}
function buildFilters() {
  option($('scope'), [[0, 'all evaluated'], [1, 'all within the budgets'], [2, 'the front']], 0);
  $('scope').addEventListener('change', () => {
    selection.scope = Number($('scope').value);
    reselect();
  });
  $('clear').addEventListener('click', clearSelection);
  $('filters').replaceChildren(...data.objectives.map((o, index) => rangeOf(index)), ...varied.map(filterOf));
  onSelection(() => {
    $('selected').textContent = selectionText();
  });
}

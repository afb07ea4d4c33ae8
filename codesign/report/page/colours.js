// SPDX-License-Identifier: Apache-2.0
'use strict';
// What the colour of a pair says: `o2` objective 2, `g5` choice 5, `p` the probability of being on the true front, `` nothing.

function colourByValue(value, unit, label) {
  const known = rows.filter((row) => Number.isFinite(value(row)));
  const values = known.map(value), [size, name] = scaleFor(values, unit);
  const scale = axisScale(values, 0, 1);
  const of = (row) => (Number.isFinite(value(row)) ? gradientColour(scale.at(value(row))) : '#9aa5b1');
  const steps = Array.from({length: 10}, (_, i) => gradientColour(i / 9)).join(',');
  const legend = [
    el('b', {}, label), el('span', {class: 'ramp', style: `background:linear-gradient(to right,${steps})`}),
    el('span', {}, `${digits(scale.back(0) / size)} to ${digits(scale.back(1) / size)} ${name}${scale.log ? ', logarithmic' : ''}`)
  ];
  return {of, legend};
}
function colourBySetting(gene) {
  const {name, settings} = data.genes[gene];
  const many = settings.length >= palette.length;
  const of = (row) => {
    const number = data.pairs.genes[gene][row];
    if (number < 0) return '#9aa5b1';
    return many ? gradientColour(number / (settings.length - 1)) : palette[number];
  };
  const swatch = (colour, text) => el('span', {class: 'swatch'}, el('i', {style: `background:${colour}`}), text);
  const shown = many ? [0, Math.floor(settings.length / 2), settings.length - 1] : settings.map((s, number) => number);
  const legend =
    [el('b', {title: name}, short(name)), ...shown.map((n) => swatch(many ? gradientColour(n / (settings.length - 1)) : palette[n], settings[n]))];
  if (data.pairs.genes[gene].includes(-1)) legend.push(swatch('#9aa5b1', 'not present'));
  return {of, legend};
}
function colouring(key) {
  const number = Number(key.slice(1));
  if (key.startsWith('o')) return colourByValue((row) => objective(row, number), data.objectives[number].unit, data.objectives[number].label);
  if (key.startsWith('g')) return colourBySetting(number);
  if (key === 'p') return colourByValue((row) => (onFront(row) ? 100 * probability(row) : NaN), '%', 'Probability on the front');
  return {of: () => palette[0], legend: []};
}
/** That the pair is truly not dominated; not known (NaN) of pairs that are not on the front. */
function probability(row) {
  const robust = data.robustness && data.robustness.pairs[data.pairs.ids[row]];
  return robust ? robust[0] : NaN;
}
function colourEntries() {
  const robust = data.robustness ? [['p', 'probability on the front']] : [];
  return [
    ['', 'nothing'], ...data.objectives.map((o, i) => [`o${i}`, o.label]), ...robust, ...varied.map((gene) => [`g${gene}`, data.genes[gene].name])
  ];
}

// SPDX-License-Identifier: Apache-2.0
'use strict';
// Which choices matter, and what they do.

/** Bars from 0 to 1: all of a choice's share light, what it does alone dark, whiskers from the 5th to the 95th percentile. */
function shareBars(index) {
  const shares = data.matters.shares[index].slice(0, 15), left = 330, width = 1140, line = 22, base = shares.length * line + 6;
  const top = Math.max(0.1, ...shares.map((share) => share[6])), at = (share) => left + share / top * (width - left - 60);
  const row = ([gene, alone, , , all, low, high], i) => {
    const y = i * line + 6;
    return svg(
      'g', {}, svg('text', {x: left - 8, y: y + 13, 'text-anchor': 'end'}, data.genes[gene].name, svg('title', {}, data.genes[gene].name)),
      svg('rect', {x: left, y: y + 2, height: 14, width: at(all) - left, fill: '#a9cce6'}),
      svg('rect', {x: left, y: y + 2, height: 14, width: at(Math.min(alone, all)) - left, fill: '#0072b2'}),
      svg('path', {d: `M${at(low)} ${y + 9}H${at(high)}M${at(low)} ${y + 5}v8M${at(high)} ${y + 5}v8`, class: 'whisker'}),
      svg(
        'title', {}, `${data.genes[gene].name}: ${percent(all)} of the variance (${percent(low)} to ${percent(high)}), ${percent(alone)} by itself`));
  };
  const ticks = ticksBetween(0, top, 6).map((tick) => svg('text', {x: at(tick), y: base + 14, 'text-anchor': 'middle'}, percent(tick)));
  return figure(`Share of the variance of ${data.objectives[index].label} by choice`, width, base + 20, ticks, shares.map(row));
}

/** Means by setting with their intervals, one small chart a choice. */
function effectChart(effect, index) {
  const objective_ = data.objectives[index], values = effect.values[index], [size, unit] = scaleFor(values.map(([mean]) => mean), objective_.unit);
  const width = 360, high = 190, y = axisScale(values.flat().map((value) => value / size), high - 46, 24), step = (width - 70) / effect.labels.length;
  const at = (i) => 60 + (i + 0.5) * step;
  const every = Math.ceil(effect.labels.length * Math.max(...effect.labels.map((label) => label.length)) * 7 / (width - 70));
  return figure(
    `Mean ${objective_.label} by ${data.genes[effect.gene].name}`, width, high,
    svg('text', {x: 8, y: 13, class: 'strong'}, short(data.genes[effect.gene].name), svg('title', {}, data.genes[effect.gene].name)),
    y.ticks.map(
      (tick) =>
        [svg('line', {x1: 60, x2: width - 10, y1: y.at(tick), y2: y.at(tick), class: 'grid'}),
         svg('text', {x: 54, y: y.at(tick) + 4, 'text-anchor': 'end'}, tickText(tick))]),
    svg('path', {d: values.map(([mean], i) => `${i ? 'L' : 'M'}${at(i)} ${y.at(mean / size)}`).join(''), class: 'line'}),
    values.map(
      ([mean, low, top], i) => svg(
        'g', {}, svg('path', {d: `M${at(i)} ${y.at(low / size)}V${y.at(top / size)}`, class: 'whisker'}),
        svg('circle', {cx: at(i), cy: y.at(mean / size), r: 3.5, fill: '#0072b2'}),
        svg('title', {}, `${effect.labels[i]}: ${digits(mean / size)} ${unit}`),
        i % every ? '' : svg('text', {x: at(i), y: high - 28, 'text-anchor': 'middle'}, effect.labels[i]))),
    svg('text', {x: width / 2, y: high - 8, 'text-anchor': 'middle', class: 'soft'}, `${objective_.label}${unit ? ` (${unit})` : ''}`));
}

function buildMatters() {
  const {matters} = data;
  if (!matters) {
    $('matters').remove();
    return;
  }
  option($('matters-objective'), data.objectives.map((o, i) => [i, o.label]), 0);
  const draw = () => {
    const index = Number($('matters-objective').value);
    $('matters-note').textContent = `${matters.note} For ${data.objectives[index].label}, the model explains ${
      percent(matters.quality[index])} of what differs among pairs that its trees have not seen.`;
    $('shares').replaceChildren(shareBars(index));
    const order = matters.shares[index].map(([gene]) => gene), place = (effect) => order.indexOf(effect.gene);
    $('effects').replaceChildren(
      ...matters.effects.filter((e) => place(e) >= 0).sort((a, b) => place(a) - place(b)).slice(0, 9).map((effect) => effectChart(effect, index)));
  };
  $('matters-objective').addEventListener('change', draw);
  draw();
}

// SPDX-License-Identifier: Apache-2.0
'use strict';
// Scales and axes that the figures share.

/** Multiples of 1, 2 or 5 x 10^n between low and high, about `wanted` of them. */
function ticksBetween(low, high, wanted) {
  const rough = (high - low) / wanted, power = 10 ** Math.floor(Math.log10(rough)), ratio = rough / power;
  const step = power * (ratio > 5 ? 10 : ratio > 2 ? 5 : ratio > 1 ? 2 : 1);
  const ticks = [];
  for (let n = Math.ceil(low / step); n * step <= high * (1 + 1e-12); n += 1) ticks.push(n * step);
  return ticks;
}
/** Powers of ten, with 2 and 5 between them where there are few. */
function powersBetween(low, high) {
  const parts = Math.log10(high / low) > 3.5 ? [1] : [1, 2, 5], ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1)
    for (const part of parts)
      if (part * 10 ** power >= low && part * 10 ** power <= high) ticks.push(part * 10 ** power);
  return ticks.length >= 2 ? ticks : ticksBetween(low, high, 4);
}

/** From values to pixels: {at, back, ticks, log}. Spread over more than a factor of thirty, values read better on a logarithmic axis. */
function axisScale(values, from, to, {log = null, zero = false} = {}) {
  let low = Infinity, high = -Infinity;
  for (const value of values)
    if (Number.isFinite(value)) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  if (low > high) [low, high] = [0, 1];
  const byPower = log === null ? low > 0 && high > 30 * low : log;
  if (zero && !byPower) low = Math.min(0, low);
  const [f, g] = byPower ? [Math.log, Math.exp] : [(x) => x, (x) => x];
  const margin = (f(high) - f(low) || Math.abs(f(high)) || 1) * (zero ? 0.02 : 0.04);
  const [a, b] = [f(low) - (zero && low === 0 ? 0 : margin), f(high) + margin];
  return {
    log: byPower,
    from,
    to,
    at: (value) => from + (f(value) - a) / (b - a) * (to - from),
    back: (pixel) => g(a + (pixel - from) / (to - from) * (b - a)),
    ticks: byPower ? powersBetween(g(a), g(b)) : ticksBetween(a, b, Math.max(2, Math.abs(to - from) / (to > from ? 90 : 45))),
  };
}
function tickText(value) {
  const size = Math.abs(value);
  if (size >= 1e6 || (size > 0 && size < 1e-3)) return value.toExponential(0);
  return String(Number(value.toPrecision(4)));
}

function axisTitle(index, scale) {
  const objective_ = data.objectives[index];
  return `${objective_.label}${scale[1] ? ` (${scale[1]})` : ''}, ${objective_.better} is better`;
}

/** A frame with both axes as SVG; `x` and `y` are axisScale()s in pixels. */
function frame(x, y, titles) {
  const across = x.ticks.map(
    (tick) =>
      [svg('line', {x1: x.at(tick), x2: x.at(tick), y1: y.from, y2: y.to, class: 'grid'}),
       svg('text', {x: x.at(tick), y: y.from + 15, 'text-anchor': 'middle'}, tickText(tick))]);
  const up = y.ticks.map(
    (tick) =>
      [svg('line', {x1: x.from, x2: x.to, y1: y.at(tick), y2: y.at(tick), class: 'grid'}),
       svg('text', {x: x.from - 6, y: y.at(tick) + 4, 'text-anchor': 'end'}, tickText(tick))]);
  return svg(
    'g', {class: 'frame'}, across, up, svg('text', {x: (x.from + x.to) / 2, y: y.from + 32, 'text-anchor': 'middle', class: 'title'}, titles[0]),
    svg('text', {transform: `translate(${x.from - 46} ${(y.from + y.to) / 2}) rotate(-90)`, 'text-anchor': 'middle', class: 'title'}, titles[1]));
}
function figure(label, width, height, ...children) {
  return svg('svg', {viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label, class: 'figure'}, svg('title', {}, label), ...children);
}

// Okabe-Ito colours: told apart by colour-blind readers too. Yellow stands last: it is weak on white.
const palette = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#d55e00', '#56b4e9', '#555555', '#c8b400'];
// Cividis (Nunez, Anderton and Renslow, PLOS ONE 2018): even steps for readers with and without colour vision deficiency.
const gradient = [
  [0, 34, 78], [18, 53, 112], [59, 73, 108], [87, 93, 109], [112, 113, 115], [138, 134, 120], [165, 156, 116], [195, 179, 105], [225, 204, 85],
  [254, 232, 56]
];
function gradientColour(share) {
  const place = Math.min(Math.max(share, 0), 1) * (gradient.length - 1), i = Math.min(Math.floor(place), gradient.length - 2);
  const mix = gradient[i].map((part, k) => Math.round(part + (place - i) * (gradient[i + 1][k] - part)));
  return `rgb(${mix.join(',')})`;
}

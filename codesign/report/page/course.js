// SPDX-License-Identifier: Apache-2.0
'use strict';
// How the search went, and how it compares with other runs.

function courseChart() {
  const lines =
    [{label: 'this run', points: data.hypervolume.points}, ...data.others.map((other) => ({label: other.label, points: other.convergence}))].filter(
      (line) => line.points.length);
  const width = 1140, high = 300, all = lines.flatMap((line) => line.points);
  const x = axisScale(all.map(([evaluations]) => evaluations), 70, width - 14, {log: false, zero: true}),
        y = axisScale(all.map(([, volume]) => volume), high - 44, 10, {log: false, zero: true});
  const steps = (points) =>
    points
      .map(
        ([evaluations, volume], i) =>
          (i ? `H${x.at(evaluations).toFixed(1)}V${y.at(volume).toFixed(1)}` : `M${x.at(evaluations).toFixed(1)} ${y.at(volume).toFixed(1)}`))
      .join('');
  const styles = ['none', '7 4', '2 3', '9 3 2 3'];
  return [
    lines.length > 1 ? swatches(lines.map((line, i) => [line.label, palette[i]])) : null,
    figure(
      'Hypervolume by number of evaluations', width, high, frame(x, y, ['evaluated pairs', 'hypervolume']),
      lines.map(
        (line, i) => svg(
          'path',
          {d: steps(line.points), class: 'line', stroke: palette[i], style: `stroke:${palette[i]}`, 'stroke-dasharray': styles[i % styles.length]},
          svg('title', {}, line.label))))
  ].filter((node) => node !== null);
}
function buildCourse() {
  if (!data.hypervolume.points.length) {
    $('course').remove();
    return;
  }
  $('hypervolume').replaceChildren(...courseChart());
  const reference = data.objectives.map((o, i) => `${o.label} ${format(data.hypervolume.reference[i], o.unit)}`).join(', ');
  const random = data.others.some((other) => other.random);
  $('course-note').textContent = `Hypervolume: what the front dominates up to the reference point (${reference}), in units of that point. ` +
    (random ? data.baseline : 'dyad report DIR --baseline adds what as many random pairs give.');
}

function comparisonTable(other) {
  const row = (title, mine, theirs) => el('tr', {}, el('th', {class: 'text', scope: 'row'}, title), el('td', {}, mine), el('td', {}, theirs));
  const best = data.objectives.map((o, i) => row(`best ${o.label}`, ...other.best[i].map((value) => (value === null ? '–' : format(value, o.unit)))));
  return el(
    'table', {class: 'narrow'}, el('caption', {}, `${data.title} (this run) and ${other.label}`),
    el('thead', {}, el('tr', {}, ['', 'this run', other.label].map((t) => el('th', {class: t ? null : 'text', scope: 'col'}, t)))),
    el(
      'tbody', {}, row('evaluated pairs', ...other.evaluations.map(count)), row('pairs on the front', ...other.fronts.map(count)),
      row('hypervolume (same reference)', ...other.hypervolumes.map(digits)),
      row('share of the other front that it dominates', ...other.coverage.map(percent)), row('pairs on the joint front', ...other.joint.map(count)),
      best));
}
function buildComparison() {
  const compared = data.others.filter((other) => !other.random);
  if (!compared.length) {
    $('comparison').remove();
    return;
  }
  $('comparison-body')
    .replaceChildren(...compared.flatMap(
      (other) =>
        [comparisonTable(other), el('p', {}, other.words),
         other.differences.length ? el('ul', {}, other.differences.map((line) => el('li', {}, line))) :
                                    el('p', {class: 'note'}, 'Both runs read the same files.')]));
}

// SPDX-License-Identifier: Apache-2.0
'use strict';
function buildHeader() {
  $('title').textContent = data.title;
  $('summary').textContent = data.summary;
  onChoice(() => $('picks').replaceChildren(...data.picks.map((pick) => {
    const row = rowOf.get(pick.id);
    return el(
      'button', {
        type: 'button',
        class: 'card',
        'aria-pressed': pick.id === chosen,
        onclick: () => {
          choose(pick.id);
          $('pair').scrollIntoView();
        }
      },
      el('b', {}, pick.title), el('span', {class: 'note'}, `${pick.why}: pair ${pick.id}`),
      el('dl', {}, data.objectives.flatMap((o, i) => [el('dt', {}, o.label), el('dd', {}, objectiveText(row, i))])));
  })));
}
/** Says aloud which pair was chosen. */
function announce() {
  const row = rowOf.get(chosen);
  $('status').textContent =
    row === undefined ? '' : `Pair ${chosen} chosen: ${data.objectives.map((o, i) => `${o.label} ${objectiveText(row, i)}`).join(', ')}`;
}
/** Paper shows what is folded away, and the head of the table instead of the part in sight. */
function forPaper(printing) {
  document.body.classList.toggle('printing', printing);
  document.querySelectorAll('details').forEach((d) => {
    d.open = printing;
  });
  drawRows();
}

buildHeader();
buildScatter();
buildParallel();
buildTable();
buildFilters();
buildPair();
reselect();
onSelection(drawScatter);
onSelection(drawParallel);
onSelection(drawTable);
[drawScatter, drawParallel, drawRows, drawPair, announce].forEach(onChoice);
buildMatters();
buildCourse();
buildComparison();
buildRobustness();
buildTrust();
buildManifest();
followAddress();
window.addEventListener('beforeprint', () => forPaper(true));
window.addEventListener('afterprint', () => forPaper(false));

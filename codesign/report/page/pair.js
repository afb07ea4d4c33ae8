// SPDX-License-Identifier: Apache-2.0
'use strict';
// The page of one pair. Its address is #pair-ID, where it stands alone.
function fact(label, value) { return el('div', {}, el('span', {}, label), el('b', {}, value)); }

/** Of a device that was measured (not `designed`), energy, area and traffic are not known. */
function totalsOf(simulation, designed) {
  const t = simulation.totals, known = (...facts) => (designed ? facts : []);
  return el(
    'div', {class: 'facts'}, fact('Latency', format(t.latency_s, 's')),
    known(fact('Energy', format(t.energy_j, 'J')), fact('Power', format(t.power_w, 'W')), fact('Area', `${digits(t.area_mm2)} mm²`)),
    fact('Utilisation', percent(t.utilization)), fact('MACs', count(t.macs)), fact('Parameters', count(t.parameters)),
    fact('Weights', format(t.weight_bytes, 'B')), fact('Peak activations', format(t.peak_activation_bytes, 'B')),
    known(fact('DRAM read', format(t.dram_read_bytes, 'B')), fact('DRAM written', format(t.dram_write_bytes, 'B'))),
    fact('Fidelity', simulation.fidelity));
}

function genesTable(row) {
  const body = data.genes.map((gene, i) => [gene.name, setting(row, i)])
                 .filter(([, label]) => label !== null)
                 .map(([name, label]) => el('tr', {}, el('td', {class: 'text'}, name), el('td', {class: 'text'}, String(label))));
  return el(
    'div', {class: 'scroll'},
    el(
      'table', {}, el('caption', {}, 'What was chosen'),
      el('thead', {}, el('tr', {}, el('th', {class: 'text'}, 'Choice'), el('th', {class: 'text'}, 'Setting'))), el('tbody', {}, body)));
}

function kernelsTable(simulation, designed) {
  const known = (text) => (designed ? text : '–');
  const titles = [
    ['kernel', 1], ['operator', 1], ['engine', 1], ['start', 0], ['time', 0], ['stalled', 0], ['MACs', 0], ['utilisation', 0], ['DRAM', 0],
    ['energy', 0], ['bound by', 1]
  ];
  const body = simulation.kernels.map(
    (k) => el(
      'tr', {}, el('td', {class: 'text'}, k.name), el('td', {class: 'text'}, k.op),
      el('td', {class: 'text'}, el('span', {class: k.engine === 'host' ? 'tag host' : 'tag'}, k.engine)), el('td', {}, format(k.start_s, 's')),
      el('td', {}, format(k.latency_s, 's')), el('td', {}, k.cycles ? percent(k.stall_cycles / k.cycles) : ''), el('td', {}, count(k.macs)),
      el('td', {}, k.macs ? percent(k.utilization) : ''), el('td', {}, known(format(k.dram_bytes, 'B'))),
      el('td', {}, known(format(k.energy_j, 'J'))),
      el('td', {class: 'text'}, k.bound_by)));
  return el(
    'details', {}, el('summary', {}, `All ${simulation.kernels.length} kernels as a table`),
    el(
      'div', {class: 'scroll'},
      el(
        'table', {class: 'kernels'}, el('thead', {}, el('tr', {}, titles.map(([t, left]) => el('th', {class: left ? 'text' : null}, t)))),
        el('tbody', {}, body))));
}

function simulationBody(simulation, chip) {
  const host = simulation.kernels.some((k) => k.engine === 'host'), designed = Boolean(chip.parts);
  return [
    el('h3', {}, `Network ${simulation.network} on ${simulation.accelerator}`), totalsOf(simulation, designed),
    ...layerBars(simulation.kernels, designed),
    ...timeline(simulation), ...memoryChart(simulation),
    designed ? el('div', {class: 'columns wide-left'}, el('div', {}, ...roofline(simulation, chip)), el('div', {}, energyByComponent(simulation))) :
                 null,
    kernelsTable(simulation, designed),
    host ? el('p', {class: 'note'}, 'Kernels marked host run outside the chip; their time counts, their area and power do not.') : null
  ];
}

function robustText(row) {
  const robust = data.robustness && data.robustness.pairs[data.pairs.ids[row]];
  if (!robust) return null;
  const [chance, kept] = robust;
  return el(
    'p', {},
    `Truly non-dominated with probability ${percent(chance)}; stays on the front in ${kept} of ${
      2 * data.robustness.constants.length} changes of a cost constant.`);
}
function pairBody(row) {
  const pair = details.get(data.pairs.ids[row]);
  const line = el(
    'p', {class: 'objectives'},
    data.objectives.map((o, i) => `${o.label} ${objectiveText(row, i)}`).join(' · ') +
      (pair && pair.extrapolated ? ' · accuracy is extrapolated beyond the fitted range' : ''));
  if (!pair)
    return [
      line, genesTable(row),
      el(
        'p', {class: 'note'},
        onFront(row) ? 'The layers of this pair are not in this file.' : 'This pair is not on the front: its layers are not in this file.')
    ];
  const designed = Boolean(pair.chip.parts);  // not a device that was measured
  const simulations = pair.simulations.map((s) => ({...s, kernels: s.kernels.map(kernelOf)}));
  return [
    line, robustText(row), ...(designed ? [el('h3', {}, 'The chip'), chipDiagram(pair.chip)] : []), ...simulations.flatMap((s) => simulationBody(s, pair.chip)),
    el('div', {class: 'columns'}, el('div', {}, designed ? partsTable(pair.chip.parts) : null), el('div', {}, genesTable(row))),
    el('details', {}, el('summary', {}, 'Hardware file of this pair'), el('pre', {tabindex: 0}, pair.chip.yaml))
  ].filter((node) => node !== null);
}

const pairPage = {
  drawn: 0
};
function drawPair() {
  const start = performance.now(), row = rowOf.get(chosen);
  $('pair-id').textContent = row === undefined ? '' : `${chosen}`;
  $('pair-body').replaceChildren(...(row === undefined ? [el('p', {}, 'No pair could be evaluated.')] : pairBody(row)));
  pairPage.drawn = performance.now() - start;
}

/** Shows a pair's page alone; the browser's way back leads to the whole report. */
function openPair(id) {
  if (rowOf.has(id)) window.location.hash = `pair-${id}`;
}
function followAddress() {
  const found = /^#pair-(\d+)$/.exec(window.location.hash), alone = Boolean(found) && rowOf.has(Number(found[1]));
  const before = document.body.classList.contains('alone');
  document.body.classList.toggle('alone', alone);
  if (alone) {
    choose(Number(found[1]));
    window.scrollTo(0, 0);
    $('h-pair').focus({preventScroll: true});
  } else if (before) {
    drawScatter();
    drawRows();
    $('h-explore').scrollIntoView();
  }
}
function buildPair() {
  $('open-pair').addEventListener('click', () => openPair(chosen));
  $('back').addEventListener('click', () => {
    window.location.hash = '';
  });
  window.addEventListener('hashchange', followAddress);
}

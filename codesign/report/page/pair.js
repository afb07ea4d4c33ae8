// SPDX-License-Identifier: Apache-2.0
'use strict';
const pairCharts = [];

const energyParts = ['mac', 'register', 'buffer', 'dram', 'network', 'leakage'];

/** A row of detail.cpp's kernel_json as an object. */
function kernelOf([name, op, engine, bound, start_s, latency_s, cycles, stall_cycles, macs, utilization, ...parts]) {
  const [nameText, opText, engineText, boundText] = [name, op, engine, bound].map((number) => data.strings[number]);
  const energy = Object.fromEntries(energyParts.map((part, i) => [part, parts[i]]));
  return {name: nameText, op: opText, engine: engineText, bound_by: boundText, start_s, latency_s, cycles, stall_cycles, macs, utilization,
    energy, energy_j: parts.reduce((a, b) => a + b, 0)};
}

function fact(label, value) { return el('div', {}, el('span', {}, label), el('b', {}, value)); }

function totalsOf(simulation) {
  const t = simulation.totals;
  return el('div', {class: 'facts'},
    fact('Latency', format(t.latency_s, 's')), fact('Energy', format(t.energy_j, 'J')), fact('Power', format(t.power_w, 'W')),
    fact('Area', `${digits(t.area_mm2)} mm²`), fact('Utilisation', `${digits(100 * t.utilization)} %`), fact('MACs', count(t.macs)),
    fact('Parameters', count(t.parameters)), fact('Weights', format(t.weight_bytes, 'B')), fact('Peak activations', format(t.peak_activation_bytes, 'B')),
    fact('DRAM read', format(t.dram_read_bytes, 'B')), fact('DRAM written', format(t.dram_write_bytes, 'B')), fact('Fidelity', simulation.fidelity));
}

function partsTable(parts) {
  const total = parts.reduce((sum, part) => sum + part.area_mm2, 0);
  const rows = parts.map((part) => el('tr', {}, el('td', {class: 'text'}, part.component.replace('/', ': ')), el('td', {}, digits(part.area_mm2)),
    el('td', {class: 'text'}, el('span', {class: 'bar', style: `width:${Math.round(110 * part.area_mm2 / total)}px`}))));
  return el('table', {}, el('thead', {}, el('tr', {}, el('th', {class: 'text'}, 'Part of the chip'), el('th', {}, 'mm²'), el('th', {class: 'text'}, ''))),
    el('tbody', {}, rows, el('tr', {}, el('td', {class: 'text'}, el('b', {}, 'sum')), el('td', {}, el('b', {}, digits(total))), el('td', {}, ''))));
}

function genesTable(pair) {
  const rows = data.genes.map((name, i) => [name, pair.genes[i]]).filter(([, setting]) => setting !== null)
    .map(([name, setting]) => el('tr', {}, el('td', {class: 'text'}, name), el('td', {class: 'text'}, String(setting))));
  return el('div', {class: 'scroll'}, el('table', {}, el('thead', {}, el('tr', {}, el('th', {class: 'text'}, 'Choice'), el('th', {class: 'text'}, 'Setting'))), el('tbody', {}, rows)));
}

function kernelsTable(simulation) {
  const titles = [['kernel', 1], ['operator', 1], ['engine', 1], ['start', 0], ['time', 0], ['share', 1], ['stalled', 0], ['MACs', 0], ['utilisation', 0],
    ['energy', 0], ['bound by', 1]];
  const whole = simulation.totals.latency_s;
  const rows = simulation.kernels.map((k) => el('tr', {},
    el('td', {class: 'text'}, k.name), el('td', {class: 'text'}, k.op),
    el('td', {class: 'text'}, el('span', {class: k.engine === 'host' ? 'tag host' : 'tag'}, k.engine)),
    el('td', {}, format(k.start_s, 's')), el('td', {}, format(k.latency_s, 's')),
    el('td', {class: 'text'}, el('span', {class: 'bar', style: `width:${Math.max(1, Math.round(90 * k.latency_s / whole))}px`})),
    el('td', {}, k.cycles ? `${digits(100 * k.stall_cycles / k.cycles)} %` : ''), el('td', {}, count(k.macs)),
    el('td', {}, k.macs ? `${digits(100 * k.utilization)} %` : ''), el('td', {}, format(k.energy_j, 'J')), el('td', {class: 'text'}, k.bound_by)));
  return el('div', {class: 'scroll'}, el('table', {class: 'kernels'},
    el('thead', {}, el('tr', {}, titles.map(([t, left]) => el('th', {class: left ? 'text' : null}, t)))), el('tbody', {}, rows)));
}

function layerChart(simulation) {
  const canvas = el('canvas', {role: 'img', 'aria-label': 'Time and energy by kernel'});
  const kernels = simulation.kernels;
  const time = scaleFor(kernels.map((k) => k.latency_s), 's');
  const energy = scaleFor(kernels.map((k) => k.energy_j), 'J');
  const box = el('div', {class: 'plot'}, canvas);
  setTimeout(() => pairCharts.push(new Chart(canvas, {
    type: 'bar',
    data: {labels: kernels.map((k) => k.name), datasets: [
      {label: `compute (${time[1]})`, data: kernels.map((k) => k.latency_s * (k.cycles ? 1 - k.stall_cycles / k.cycles : 1) / time[0]), backgroundColor: '#0072b2', stack: 'time'},
      {label: `stalled (${time[1]})`, data: kernels.map((k) => k.latency_s * (k.cycles ? k.stall_cycles / k.cycles : 0) / time[0]), backgroundColor: '#e69f00', stack: 'time'},
      {label: `energy (${energy[1]})`, data: kernels.map((k) => k.energy_j / energy[0]), backgroundColor: '#009e73', yAxisID: 'energy', stack: 'energy'}]},
    options: {animation: false, maintainAspectRatio: false, plugins: {legend: {position: 'top'}},
      scales: {x: {ticks: {autoSkip: true, maxRotation: 70}}, y: {stacked: true, title: {display: true, text: `time (${time[1]})`}},
        energy: {position: 'right', grid: {drawOnChartArea: false}, title: {display: true, text: `energy (${energy[1]})`}}}},
  })), 0);
  return box;
}

function energyChart(simulation) {
  const canvas = el('canvas', {role: 'img', 'aria-label': 'Energy by component'});
  const sums = energyParts.map((part) => simulation.kernels.reduce((sum, k) => sum + k.energy[part], 0));
  const scale = scaleFor([sums.reduce((a, b) => a + b, 0)], 'J');
  setTimeout(() => pairCharts.push(new Chart(canvas, {
    type: 'bar',
    data: {labels: energyParts, datasets: [{data: sums.map((s) => s / scale[0]), backgroundColor: '#009e73'}]},
    options: {indexAxis: 'y', animation: false, maintainAspectRatio: false, plugins: {legend: {display: false}},
      scales: {x: {title: {display: true, text: `energy by component (${scale[1]})`}}}},
  })), 0);
  return el('div', {class: 'plot', style: 'height:210px'}, canvas);
}

function simulationBody(simulation) {
  const host = simulation.kernels.some((k) => k.engine === 'host');
  return [el('h3', {}, `Network ${simulation.network} on ${simulation.accelerator}`), totalsOf(simulation), layerChart(simulation), kernelsTable(simulation),
    el('p', {class: 'note'}, host ? 'Kernels marked host run outside the chip; their time counts, their area and power do not.' : '')];
}

function drawPair() {
  pairCharts.splice(0).forEach((chart) => chart.destroy());
  const pair = byId.get(chosen);
  if (!pair) { $('pair-body').replaceChildren(el('p', {}, 'No pair is within the budgets.')); return; }
  $('pair-id').textContent = `${pair.id}`;
  const simulations = pair.simulations.map((s) => ({...s, kernels: s.kernels.map(kernelOf)}));
  $('pair-body').replaceChildren(
    el('p', {}, data.objectives.map((o, i) => `${o.label} ${objectiveText(pair, i)}`).join(' · ') + (pair.extrapolated ? ' · accuracy is extrapolated beyond the fitted range' : '')),
    ...simulations.flatMap(simulationBody),
    el('div', {class: 'columns'},
      el('div', {}, el('h3', {}, 'The chip'), partsTable(pair.accelerator.parts), simulations.length === 1 ? energyChart(simulations[0]) : null),
      el('div', {}, el('h3', {}, 'What was chosen'), genesTable(pair))),
    el('details', {}, el('summary', {}, 'Accelerator file of this pair'), el('pre', {}, pair.accelerator.yaml)));
}

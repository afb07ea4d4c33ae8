// SPDX-License-Identifier: Apache-2.0
'use strict';
// The layers of a network on a chip: bars, timeline, memory over time, roofline.
const energyParts = ['mac', 'register', 'buffer', 'dram', 'network', 'leakage'];
const energyColours = ['#0072b2', '#56b4e9', '#009e73', '#d55e00', '#cc79a7', '#777777'];

const kernelColumns = [
  'name', 'op', 'engine', 'bound_by', 'start_s', 'latency_s', 'cycles', 'stall_cycles', 'macs', 'utilization', ...energyParts, 'dram_bytes', 'resident',
  'tiles', 'ahead'
];

/** A row of detail.cpp's kernel_json as an object. */
function kernelOf(row) {
  const kernel = Object.fromEntries(kernelColumns.map((column, i) => [column, i < 4 ? data.strings[row[i]] : row[i]]));
  kernel.energies = energyParts.map((part) => kernel[part]);
  kernel.energy_j = kernel.energies.reduce((a, b) => a + b, 0);
  return kernel;
}
function boundColours(kernels) {
  const names = [...new Set(kernels.map((k) => k.bound_by))].sort((a, b) => (a === 'compute' ? -1 : b === 'compute' ? 1 : a < b ? -1 : 1));
  return new Map(names.map((name, i) => [name, palette[i % palette.length]]));
}
function swatches(entries) {
  return el('p', {class: 'legend'}, entries.map(([text, colour]) => el('span', {class: 'swatch'}, el('i', {style: `background:${colour}`}), text)));
}
function kernelTitle(k) {
  return `${k.name} (${k.op}) on ${k.engine}\n${format(k.latency_s, 's')}${k.energy_j ? `, ${format(k.energy_j, 'J')}` : ''}, utilisation ${
    percent(k.utilization)}, bound by ${k.bound_by}`;
}

/** Rows of bars, one bar a kernel: time (by what bounds it), energy (by component, where it is known), utilisation. */
function layerBars(kernels, designed) {
  const left = 70, width = 1140, high = 92, gap = 26, step = (width - left - 10) / kernels.length,
        wide = Math.max(step - (step > 4 ? 1.5 : 0.3), 0.5);
  const colours = boundColours(kernels), last = designed ? 2 : 1;
  const strip = (number, values, unit, parts) => {
    const base = (number + 1) * (high + gap) - gap, top = Math.max(...values, 1e-300), [size, name] = scaleFor(values, unit);
    const bars = kernels.map((k, i) => {
      let y = base;
      const pieces = parts(k).map(([value, fill]) => {
        const h = high * 0.94 * value / top;
        y -= h;
        return svg('rect', {x: left + i * step, y, width: wide, height: h, fill});
      });
      return svg(
        'g', {}, pieces,
        svg('rect', {x: left + i * step, y: base - high, width: step, height: high, class: 'catch'}, svg('title', {}, kernelTitle(k))));
    });
    return [
      svg('line', {x1: left, x2: width - 10, y1: base, y2: base, class: 'axis'}), svg('text', {x: left - 6, y: base, 'text-anchor': 'end'}, '0'),
      svg('text', {x: left - 6, y: base - high * 0.94 + 8, 'text-anchor': 'end'}, `${digits(top / size)} ${name}`), bars
    ];
  };
  const label = (number, text) => svg('text', {x: 4, y: (number + 1) * (high + gap) - gap - high / 2, class: 'strong'}, text);
  return [
    el('h4', {}, `Layers: time, ${designed ? 'energy, ' : ''}utilisation`),
    swatches([...colours].map(([bound, colour]) => [`time bound by ${bound}`, colour])),
    designed ? swatches(energyParts.map((part, i) => [`energy of ${part}`, energyColours[i]])) : null,
    figure(
      `Time${designed ? ', energy' : ''} and utilisation of each layer`, width, (last + 1) * (high + gap),
      strip(0, kernels.map((k) => k.latency_s), 's', (k) => [[k.latency_s, colours.get(k.bound_by)]]), label(0, 'time'),
      designed ? [strip(1, kernels.map((k) => k.energy_j), 'J', (k) => k.energies.map((e, i) => [e, energyColours[i]])), label(1, 'energy')] : null,
      strip(last, kernels.map((k) => 100 * k.utilization), '%', (k) => [[100 * k.utilization, '#555555']]), label(last, 'used'))
  ];
}

/** Which engine runs what when, and below it the use of the buffer where tensors stay. */
function timeline(simulation) {
  const {kernels} = simulation, colours = boundColours(kernels), lanesOf = (k) => k.engine.split('+');
  const engines = [...new Set(kernels.flatMap(lanesOf))];
  const left = 110, width = 1140, lane = 30, top = 6, end = simulation.totals.latency_s, base = top + lane * engines.length;
  const [size, unit] = scaleFor([end], 's'), at = (time) => left + time / end * (width - left - 14);
  const box = (k, engine) => svg(
    'rect', {
      x: at(k.start_s),
      y: top + 4 + lane * engines.indexOf(engine),
      height: lane - 8,
      width: Math.max(at(k.start_s + k.latency_s) - at(k.start_s) - 0.4, 0.6),
      fill: colours.get(k.bound_by),
      'data-kernel': k.name
    },
    svg('title', {}, kernelTitle(k)));
  const boxes = kernels.map((k) => lanesOf(k).map((engine) => box(k, engine)));
  const ticks = ticksBetween(0, end / size, 8)
                  .map(
                    (tick) =>
                      [svg('line', {x1: at(tick * size), x2: at(tick * size), y1: top, y2: base + 4, class: 'grid'}),
                       svg('text', {x: at(tick * size), y: base + 18, 'text-anchor': 'middle'}, `${tickText(tick)} ${unit}`)]);
  return [
    el('h4', {}, 'Timeline'),
    figure(
      'Timeline: which engine runs which layer when', width, base + 26, ticks,
      engines.map((engine, i) => svg('text', {x: left - 8, y: top + lane * i + 20, 'text-anchor': 'end'}, engine)), boxes)
  ];
}

/** Steps through (time, sum of the first n parts) as an area. */
function memoryArea(kernels, parts, n, at, y, end) {
  const value = (k) => parts.slice(0, n).reduce((sum, [key]) => sum + k[key], 0);
  const line = kernels.map((k, i) => `${i ? 'H' : 'M'}${at(k.start_s).toFixed(1)}${i ? 'V' : ' '}${y(value(k)).toFixed(1)}`).join('');
  return svg('path', {d: `${line}H${at(end).toFixed(1)}V${y(0)}H${at(kernels[0].start_s).toFixed(1)}Z`, fill: parts[n - 1][2]});
}
function memoryChart(simulation) {
  const {memory} = simulation, kernels = simulation.kernels.filter((k) => k.engine !== 'host' || k.resident).sort((a, b) => a.start_s - b.start_s);
  if (!memory || !kernels.length) return [];
  const parts = [
    ['resident', 'tensors that stay', '#0072b2'], ['tiles', 'tiles of running layers', '#56b4e9'], ['ahead', 'weights of the next layer', '#e69f00']
  ];
  const left = 110, width = 1140, top = 8, base = 140, end = simulation.totals.latency_s, [size, unit] = scaleFor([memory.size], 'B');
  const peak = Math.max(memory.size, ...kernels.map((k) => k.resident + k.tiles + k.ahead));
  const at = (time) => left + time / end * (width - left - 14), y = (bytes) => base - bytes / peak * (base - top);
  const [tick, tickUnit] = scaleFor([end], 's');
  return [
    el('h4', {}, `Memory over time: buffer ${memory.name}`), swatches(parts.map(([, text, colour]) => [text, colour])),
    figure(
      `Use of buffer ${memory.name} over time`, width, base + 26, [3, 2, 1].map((n) => memoryArea(kernels, parts, n, at, y, end)),
      svg('line', {x1: left, x2: width - 14, y1: y(memory.size), y2: y(memory.size), class: 'limit'}),
      svg('line', {x1: left, x2: width - 14, y1: base, y2: base, class: 'axis'}),
      svg('text', {x: left - 8, y: y(memory.size) + 5, 'text-anchor': 'end'}, `${digits(memory.size / size)} ${unit}`),
      svg('text', {x: left - 8, y: base, 'text-anchor': 'end'}, '0'),
      ticksBetween(0, end / tick, 8).map((t) => svg('text', {x: at(t * tick), y: base + 18, 'text-anchor': 'middle'}, `${tickText(t)} ${tickUnit}`)))
  ];
}

/** Rates of the layers under the roofs that engines and DRAM set. */
function roofline(simulation, chip) {
  const kernels = simulation.kernels.filter((k) => k.macs > 0 && k.latency_s > 0);
  if (!kernels.length) return [];
  const intensity = (k) => k.macs / Math.max(k.dram_bytes, 1), rate = (k) => k.macs / k.latency_s / 1e9;
  const engines = chip.engines.filter((engine) => engine.peak > 0).map((engine) => ({...engine, peak: engine.peak * chip.clock_hz / 1e9}));
  const band = chip.dram.bytes_per_s / 1e9, highest = Math.max(...engines.map((e) => e.peak), 1e-9), knee = highest / band;
  const width = 740, high = 330;
  const x = axisScale([...kernels.map(intensity), knee / 10, knee * 3], 70, width - 8, {log: true});
  const y = axisScale([...kernels.map(rate), highest * 1.2], high - 44, 10, {log: true});
  const low = x.back(x.from), far = x.back(x.to);
  const roofs = engines.map((engine, i) => {
    const turn = Math.max(low, Math.min(far, engine.peak / band));
    return [
      svg('path', {d: `M${x.at(turn)} ${y.at(engine.peak)}H${x.to}`, class: 'roof', stroke: palette[i]}),
      svg('text', {x: x.to - 6, y: y.at(engine.peak) + (i % 2 ? 14 : -5), 'text-anchor': 'end'}, `${engine.name}: ${digits(engine.peak)} GMAC/s`)
    ];
  });
  const bottom = Math.max(low, y.back(y.from) / band);
  const slope = svg('path', {
    d: `M${x.at(bottom)} ${y.at(bottom * band)}L${x.at(Math.min(far, knee))} ${y.at(Math.min(far, knee) * band)}`,
    class: 'roof',
    stroke: '#000000'
  });
  const dots = kernels.map(
    (k) => svg(
      'circle', {
        cx: x.at(intensity(k)),
        cy: y.at(rate(k)),
        r: 3 + 9 * Math.sqrt(k.latency_s / simulation.totals.latency_s),
        fill: palette[Math.max(0, engines.findIndex((e) => e.name === k.engine.split('+')[0])) % palette.length],
        class: 'kernel'
      },
      svg('title', {}, `${kernelTitle(k)}\n${digits(rate(k))} GMAC/s, ${digits(intensity(k))} MAC/B`)));
  return [
    el('h4', {}, 'Roofline'),
    el('p', {class: 'note'}, `A circle a layer, its area by its share of the time. DRAM moves ${digits(band)} GB/s at most.`),
    figure(
      'Roofline: rate of each layer by its multiplications per byte of DRAM traffic', width, high,
      frame(x, y, ['MAC per byte of DRAM traffic', 'GMAC/s']), roofs, slope, dots)
  ];
}

function energyByComponent(simulation) {
  const sums = energyParts.map((part, i) => simulation.kernels.reduce((sum, k) => sum + k.energies[i], 0)),
        total = sums.reduce((a, b) => a + b, 0) || 1;
  const [size, unit] = scaleFor([total], 'J');
  return el(
    'table', {class: 'energy'}, el('caption', {}, `Energy by component: ${digits(total / size)} ${unit}`),
    el(
      'tbody', {},
      energyParts.map(
        (part, i) => el(
          'tr', {}, el('td', {class: 'text'}, part), el('td', {}, `${digits(sums[i] / size)} ${unit}`), el('td', {}, percent(sums[i] / total)),
          el('td', {class: 'text wide'}, el('span', {class: 'bar', style: `width:${100 * sums[i] / total}%;background:${energyColours[i]}`}))))));
}

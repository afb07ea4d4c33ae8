// SPDX-License-Identifier: Apache-2.0
'use strict';
// The chip of a pair as a block diagram: what holds data and what computes, each box as high as its area asks for.

/** Components by the block that they are part of: {name: {area, parts}}. */
function blocksOf(parts) {
  const blocks = new Map();
  for (const [component, area] of parts) {
    const [name, part] = component.split('/');
    if (!blocks.has(name)) blocks.set(name, {name, area: 0, parts: []});
    const block = blocks.get(name);
    block.area += area;
    if (part) block.parts.push([part, area]);
  }
  return blocks;
}

function sizeText(area, whole) { return area ? `${digits(area)} mm² (${percent(area / whole)})` : 'off chip'; }

/** A box with a name, what it is, and its area; its parts as a strip of shares along its foot. */
function blockNode({x, y, width, height, fill, title, text, area, whole, parts}) {
  const node = svg(
    'g', {}, svg('rect', {x, y, width, height, rx: 5, class: 'block', fill}), svg('text', {x: x + 10, y: y + 19, class: 'strong'}, title),
    svg('text', {x: x + 10, y: y + 36}, text), svg('text', {x: x + 10, y: y + 52, class: 'soft'}, sizeText(area, whole)));
  const sum = (parts || []).reduce((total, [, size]) => total + size, 0);
  let at = x + 10;
  (parts || []).forEach(([part, size], i) => {
    const wide = (width - 20) * size / sum;
    node.append(svg(
      'rect', {x: at, y: y + height - 14, width: Math.max(wide - 1, 0.5), height: 8, fill: palette[i % palette.length]},
      svg('title', {}, `${part}: ${digits(size)} mm²`)));
    at += wide;
  });
  return node;
}

/** Boxes of one column, `room` pixels shared out by area over what each needs at least. */
function column(blocks, x, top, width, room, whole) {
  const least = 74, gap = 12, spare = Math.max(0, room - blocks.length * least - (blocks.length - 1) * gap);
  const sum = blocks.reduce((total, block) => total + block.area, 0) || 1;
  let y = top;
  return blocks.map((block) => {
    const height = least + spare * block.area / sum;
    const box = {...block, x, y, width, height, whole};
    y += height + gap;
    return box;
  });
}
function wire(from, to) {
  const x1 = from.x + from.width, y1 = from.y + from.height / 2, y2 = to.y + to.height / 2, bend = (x1 + to.x) / 2;
  return svg('path', {d: `M${x1} ${y1}H${bend}V${y2}H${to.x}`, class: 'wire'});
}

function chipDiagram(chip) {
  const areas = blocksOf(chip.parts), whole = chip.parts.reduce((sum, [, area]) => sum + area, 0);
  const areaOf = (name) => (areas.has(name) ? areas.get(name).area : 0);
  const partsOf = (name) => (areas.has(name) ? areas.get(name).parts : []);
  const shape = (fill) => (block) => ({title: block.name, text: block.text, fill, area: areaOf(block.name), parts: partsOf(block.name)});
  const buffers = chip.buffers.map(shape('#e3edf6')), engines = chip.engines.map(shape('#fdf0d9'));
  const high = Math.max(220, 70 + 90 * Math.max(buffers.length, engines.length));
  const top = 46, room = high - 70;
  const dram = {title: chip.dram.name, text: chip.dram.text, fill: '#eeeeee', area: 0, x: 10, y: top + room / 2 - 40, width: 190, height: 80};
  const dma = {title: 'DMA', text: chip.dma, fill: '#e8e4f0', area: areaOf('dma'), x: 250, y: top + room / 2 - 40, width: 170, height: 80, whole};
  const stores = column(buffers, 470, top, 250, room, whole), units = column(engines, 790, top, 330, room, whole);
  const last = stores[stores.length - 1] || dma;
  const rest = areaOf('wiring and control') + areaOf('network');
  return figure(
    'Block diagram of the chip with areas', 1140, high + 12, svg('rect', {x: 230, y: 4, width: 906, height: high, rx: 8, class: 'die'}),
    svg('text', {x: 246, y: 24, class: 'strong'}, `${chip.name}: ${chip.text}, ${digits(whole)} mm²`),
    svg('text', {x: 246, y: high - 4, class: 'soft'}, `${chip.network}; wiring and control ${sizeText(rest, whole)}`), wire(dram, dma),
    stores.length ? wire(dma, stores[0]) : '',
    stores.slice(1).map((store, i) => svg('path', {d: `M${store.x + 125} ${stores[i].y + stores[i].height}V${store.y}`, class: 'wire'})),
    units.map((unit) => wire(last, unit)), [dram, dma, ...stores, ...units].map(blockNode));
}

function partsTable(parts) {
  const total = parts.reduce((sum, [, area]) => sum + area, 0);
  const body = parts.map(
    ([component, area]) =>
      el('tr', {}, el('td', {class: 'text'}, component.replace('/', ': ')), el('td', {}, digits(area)), el('td', {}, percent(area / total))));
  return el(
    'table', {}, el('caption', {}, 'Area by component'),
    el('thead', {}, el('tr', {}, el('th', {class: 'text'}, 'Part of the chip'), el('th', {}, 'mm²'), el('th', {}, 'share'))),
    el('tbody', {}, body, el('tr', {}, el('td', {class: 'text'}, el('b', {}, 'sum')), el('td', {}, el('b', {}, digits(total))), el('td', {}, ''))));
}

// SPDX-License-Identifier: Apache-2.0
'use strict';
// The table of pairs. Only the rows in sight are in the document, so thousands of pairs scroll as one does.
const table = {
  columns: [],
  by: 0,
  up: true,
  order: [],
  drawn: 0,
  height: 26
};

function tableColumns() {
  const kinds = ['over a budget', 'dominated', 'front'];
  const robust = data.robustness ?
    [{title: 'P(front)', value: probability, text: (row) => (Number.isFinite(probability(row)) ? percent(probability(row)) : ''), up: false}] :
    [];
  return [
    {title: 'pair', value: (row) => data.pairs.ids[row], text: (row) => String(data.pairs.ids[row])},
    {title: 'is', value: (row) => -data.pairs.state[row], text: (row) => kinds[data.pairs.state[row]], left: true},
    ...data.objectives.map(
      (o, i) => ({title: o.label, value: (row) => objective(row, i), text: (row) => objectiveText(row, i), up: o.better === 'lower'})),
    ...robust,
    ...varied.map((gene) => ({
                    title: short(data.genes[gene].name),
                    hint: data.genes[gene].name,
                    value: (row) => data.pairs.genes[gene][row],
                    text: (row) => (setting(row, gene) === null ? '' : String(setting(row, gene))),
                    left: true,
                    choice: true
                  })),
  ];
}
function sortRows() {
  const {value} = table.columns[table.by], sign = table.up ? 1 : -1;
  const keys = new Map(selection.brushed.map((row) => [row, value(row)]));
  const rank = (row) => (Number.isFinite(keys.get(row)) ? sign * keys.get(row) : Infinity);
  table.order = [...selection.brushed].sort((a, b) => rank(a) - rank(b) || a - b || 0);
}
function sortBy(column) {
  table.up = table.by === column ? !table.up : table.columns[column].up !== false;
  table.by = column;
  drawTable();
}
function cellClass(column) { return [column.left && 'text', column.choice && 'choice'].filter(Boolean).join(' ') || null; }
function headCell(column, number) {
  const sorted = table.by === number ? (table.up ? 'ascending' : 'descending') : 'none';
  const mark = table.by === number ? (table.up ? ' ▲' : ' ▼') : '';
  return el(
    'th', {class: cellClass(column), 'aria-sort': sorted, scope: 'col', title: column.hint},
    el(
      'button', {
        type: 'button',
        onclick: () => {
          sortBy(number);
          $('front').tHead.rows[0].cells[number].firstChild.focus();
        }
      },
      column.title + mark));
}
function bodyRow(row, place) {
  const id = data.pairs.ids[row];
  return el(
    'tr', {
      class: id === chosen ? 'row chosen' : 'row',
      'data-id': id,
      'data-place': place,
      tabindex: 0,
      'aria-selected': id === chosen,
      'aria-rowindex': place + 2,
      onclick: () => choose(id),
      ondblclick: () => openPair(id),
      onkeydown: rowKey
    },
    table.columns.map((column) => el('td', {class: cellClass(column)}, column.text(row))));
}
function rowKey(event) {
  const place = Number(event.currentTarget.dataset.place);
  const moves = {ArrowDown: place + 1, ArrowUp: place - 1, PageDown: place + 12, PageUp: place - 12, Home: 0, End: table.order.length - 1};
  if (event.key === 'Enter') openPair(Number(event.currentTarget.dataset.id));
  else if (event.key === ' ') choose(Number(event.currentTarget.dataset.id));
  else if (event.key in moves) focusRow(Math.min(Math.max(moves[event.key], 0), table.order.length - 1));
  else return;
  event.preventDefault();
}
function focusRow(place) {
  const box = $('rows'), top = place * table.height;
  if (top < box.scrollTop || top > box.scrollTop + box.clientHeight - 3 * table.height) box.scrollTop = Math.max(0, top - box.clientHeight / 2);
  drawRows();
  const node = $('front').querySelector(`tr[data-place="${place}"]`);
  if (node) {
    node.focus({preventScroll: true});
    choose(Number(node.dataset.id));
  }
}
/** The rows in sight, between two empty ones as high as what is left out. */
function drawRows() {
  const box = $('rows'), room = Math.ceil((box.clientHeight || 400) / table.height) + 20;
  const whole = document.body.classList.contains('printing') ? 40 : room;
  const first = whole === room ? Math.max(0, Math.floor(box.scrollTop / table.height) - 10) : 0;
  const last = Math.min(table.order.length, first + whole);
  const gap = (size) =>
    el('tr', {'aria-hidden': 'true'}, el('td', {colspan: table.columns.length, style: `height:${size * table.height}px;padding:0;border:0`}));
  const focused = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.place : undefined;
  const body = el(
    'tbody', {}, first ? gap(first) : null, table.order.slice(first, last).map((row, i) => bodyRow(row, first + i)),
    last < table.order.length && whole === room ? gap(table.order.length - last) : null);
  if ($('front').tBodies.length) $('front').tBodies[0].replaceWith(body);
  else $('front').append(body);
  if (focused !== undefined) {
    const again = body.querySelector(`tr[data-place="${focused}"]`);
    if (again) again.focus({preventScroll: true});
  }
}
function drawTable() {
  const start = performance.now();
  sortRows();
  $('front').setAttribute('aria-rowcount', table.order.length + 1);
  $('front').replaceChildren(el('thead', {}, el('tr', {}, table.columns.map(headCell))));
  drawRows();
  table.drawn = performance.now() - start;
}
function csvCell(text) { return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text; }
/** The pairs of the table as CSV, in its order. */
function tableCsv() {
  const head = ['id', ...data.objectives.map((o) => o.key), ...data.genes.map((gene) => gene.name)];
  const line =
    (row) => [data.pairs.ids[row], ...data.objectives.map((o, i) => objective(row, i)), ...data.genes.map((gene, i) => setting(row, i) ?? '')];
  return [head, ...table.order.map(line)].map((cells) => cells.map((cell) => csvCell(String(cell))).join(',')).join('\n') + '\n';
}
function save(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], {type}));
  el('a', {href: url, download: name}).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
function buildTable() {
  table.columns = tableColumns();
  table.by = 1;
  let waiting = false;
  $('rows').addEventListener('scroll', () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      drawRows();
    });
  });
  $('save-csv').addEventListener('click', () => save(`${data.title}.csv`, 'text/csv', tableCsv()));
  $('save-json').addEventListener('click', () => save(`${data.title}.json`, 'application/json', document.getElementById('data').textContent));
}

'use strict';
const $ = (id) => document.getElementById(id);
const percent = (x) => (100 * x).toFixed(1);
let run = null;

function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key === 'style') Object.assign(made.style, value);
    else if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

async function ask(url, options = {}) {
  let answer;
  try {
    answer = await fetch(url, { ...options, headers: { 'X-SeFAR': '1' } });
  } catch {
    throw fault('the server does not answer; is tools/app.py still running?');
  }
  if (!answer.ok) throw fault((await answer.json().catch(() => ({}))).error ?? `${url}: ${answer.status}`);
  $('fault').hidden = true;
  return answer;
}

function fault(text) {
  $('fault').textContent = text;
  $('fault').hidden = false;
  return new Error(text);
}

/* Tabs: the address keeps them. */
function show(tab) {
  for (const section of document.querySelectorAll('main > section')) section.hidden = section.id !== tab;
  for (const button of document.querySelectorAll('nav button')) button.setAttribute('aria-selected', button.dataset.tab === tab);
  if (location.hash.slice(1) !== tab) history.replaceState(null, '', `#${tab}`);
}
for (const button of document.querySelectorAll('nav button')) button.onclick = () => show(button.dataset.tab);

/* Results */
const MOST_CLASSES = 40;  // of the confusion table
const COLOURS = ['#1f6feb', '#d97706', '#1a7f37', '#9333ea', '#c0362c', '#0891b2'];

function plot(target, series, { height = 200, top = null } = {}) {
  target.replaceChildren();
  const lines = Object.entries(series).filter(([, points]) => points.length > 0);
  if (!lines.length) return target.append('nothing logged');
  const width = 420, pad = 34;
  const all = lines.flatMap(([, points]) => points);
  const x1 = Math.max(...all.map((p) => p[0])), x0 = Math.min(...all.map((p) => p[0]));
  const y1 = top ?? Math.max(...all.map((p) => p[1]), 1e-9);
  const x = (v) => pad + ((v - x0) / Math.max(x1 - x0, 1e-9)) * (width - pad - 8);
  const y = (v) => height - 20 - (v / y1) * (height - 32);
  let body = '';
  for (const share of [0, 0.5, 1]) {
    body += `<line x1="${pad}" x2="${width - 8}" y1="${y(share * y1)}" y2="${y(share * y1)}" stroke="currentColor" opacity=".15"/>`;
    body += `<text x="4" y="${y(share * y1) + 4}">${(share * y1).toPrecision(2)}</text>`;
  }
  body += `<text x="${pad}" y="${height - 4}">${x0.toPrecision(3)}</text><text x="${width - 40}" y="${height - 4}">${x1.toPrecision(4)}</text>`;
  lines.forEach(([, points], i) => {
    const colour = COLOURS[i % COLOURS.length];
    body += `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${points.map((p) => `${x(p[0])},${y(p[1])}`).join(' ')}"/>`;
    if (points.length < 40) body += points.map((p) => `<circle cx="${x(p[0])}" cy="${y(p[1])}" r="3" fill="${colour}"/>`).join('');
  });
  const picture = element('div');
  picture.innerHTML = `<svg viewBox="0 0 ${width} ${height}" width="100%" role="img">${body}</svg>`;
  const legend = element('div', { className: 'bar' });
  lines.forEach(([name], i) => legend.append(element('span', { style: { color: COLOURS[i % COLOURS.length] } }, `● ${name}`)));
  target.append(picture, legend);
}

function bars(rows) {
  const made = element('div', { className: 'rows' });
  for (const { name, value, spread } of rows) {
    const track = element('div', { className: 'track' }, element('div', { className: 'fill', style: { width: `${100 * value}%` } }));
    if (spread) track.append(element('div', { className: 'spread', style: { left: `${100 * Math.max(value - spread, 0)}%`, width: `${200 * spread}%` } }));
    made.append(element('span', { className: 'name', title: name }, name), track, element('span', {}, percent(value)));
  }
  return made;
}

function showResults() {
  $('run').textContent = `${run.name} · ${run.checkpoint}`;
  $('stale').textContent = run.stale;
  $('stale').hidden = !run.stale;
  const alone = run.networks.find((n) => n.name === 'labels_alone');
  const last = run.networks.at(-1);
  if (!run.networks.length) $('cards').append(element('div', { className: 'card' }, 'not tested yet: run tools/test.py'));
  for (const network of run.networks) {
    const gain = alone && network !== alone ? `${network.top1 >= alone.top1 ? '+' : ''}${percent(network.top1 - alone.top1)} against labels alone` : '';
    $('cards').append(element('div', { className: network === last ? 'card main' : 'card' },
      element('small', {}, network.name.replace('_', ' ') + (network === last ? ', predicts' : '')),
      element('b', {}, `${percent(network.top1)} %`), element('small', {}, gain || `mean over classes ${percent(network.mean_class)}`)));
  }
  if (last) {
    const rows = run.classes.map((name, i) => ({ name, value: last.by_class[i] })).filter((row) => row.value !== null);
    $('by-class').append(bars(rows.sort((a, b) => a.value - b.value)));
  }
  const mistakes = run.confusion.map((row, i) => row.reduce((sum, count, j) => (i === j ? sum : sum + count + run.confusion[j][i]), 0));
  const worst = [...mistakes.keys()].sort((a, b) => mistakes[b] - mistakes[a]).slice(0, MOST_CLASSES).sort((a, b) => a - b);
  if (worst.length < run.classes.length) $('confusion').append(`The ${worst.length} of ${run.classes.length} classes with the most mistakes.`);
  const head = element('tr', {}, element('th'), ...worst.map((i) => element('th', { title: run.classes[i] }, run.classes[i])));
  const table = element('table', { className: 'confusion' }, element('thead', {}, head));
  worst.forEach((i) => {
    const row = run.confusion[i];
    const total = Math.max(row.reduce((a, b) => a + b, 0), 1);
    const line = element('tr', {}, element('th', { title: run.classes[i] }, run.classes[i]));
    worst.forEach((j) => {
      const count = row[j];
      const colour = i === j ? '31,111,235' : '192,54,44';
      const cell = element('td', { className: 'cell', tabIndex: 0, title: `${run.classes[i]} taken for ${run.classes[j]}: ${count}`, style: { background: `rgba(${colour},${count ? 0.12 + 0.8 * (count / total) : 0})`, color: count / total > 0.55 ? '#fff' : '' } }, count || '');
      cell.onclick = () => browse({ true: i, predicted: j });
      cell.onkeydown = (event) => { if (event.key === 'Enter') cell.onclick(); };
      line.append(cell);
    });
    table.append(line);
  });
  $('confusion').append(table);
  if (run.reliability) {
    const points = run.reliability.confidence.map((c, i) => [c, run.reliability.accuracy[i]]);
    plot($('reliability'), { accuracy: points, 'as sure as right': [[0, 0], [1, 1]] }, { top: 1 });
    $('reliability').append(`calibration error ${run.reliability.error.toFixed(3)}`);
  } else $('reliability').append('not tested yet');
  const of = (test) => Object.fromEntries(Object.entries(run.curves).filter(([name]) => test(name)));
  plot($('accuracy'), of((name) => name.endsWith('acc/top1')), { top: 1 });
  plot($('pseudo'), of((name) => ['pseudo_weight', 'pseudo_acc', 'mu'].includes(name)), { top: 1 });
}

/* Clips */
function options(select) {
  select.append(element('option', { value: '' }, 'any'), ...run.classes.map((name, i) => element('option', { value: i }, name)));
}
let shown = 0, listed = 0;
async function list(more = false) {
  const query = new URLSearchParams([...new FormData($('filter'))].filter(([, value]) => value !== ''));
  if (!more) shown = 0;
  query.set('offset', shown);
  const kind = $('filter').elements.of.value, pool = kind === 'pool';
  $('true').hidden = $('wrong').hidden = pool;
  if (pool) ['true', 'wrong'].forEach((name) => query.delete(name));
  $('predicted').textContent = pool ? 'pseudo label' : 'predicted';
  const mine = ++listed;
  const found = await (await ask(`api/clips?${query}`)).json();
  if (mine !== listed) return;
  if (!more) $('grid').replaceChildren();
  for (const clip of found.clips) {
    const right = clip.predicted === clip.label;
    const tile = element('button', { className: 'tile' },
      element('img', { loading: 'lazy', alt: clip.name, src: `api/${kind}/${clip.number}/thumbnail` }),
      element('div', {}, element('p', { title: clip.name }, clip.name),
        element('p', { className: clip.label < 0 ? '' : right ? 'right' : 'wrong' }, `${run.classes[clip.predicted]} ${percent(clip.confidence)}`),
        element('p', {}, right || clip.label < 0 ? '' : `is ${run.classes[clip.label]}`)));
    tile.onclick = () => view(kind, clip);
    $('grid').append(tile);
  }
  shown += found.clips.length;
  $('count').textContent = `${found.total} clips`;
  $('more').hidden = shown >= found.total;
}
function browse(wanted) {
  $('filter').reset();
  for (const [name, value] of Object.entries(wanted)) $('filter').elements[name].value = value;
  show('clips');
  list();
}
$('filter').oninput = () => list();
$('filter').onsubmit = (event) => event.preventDefault();
$('more').onclick = () => list(true);

/* A clip plays as a strip of frames, whatever its codec. */
let playing = null, played = 0;
async function play(target, kind, number) {
  clearInterval(playing);
  const mine = ++played; // what is asked for later may be there earlier
  const answer = await ask(`api/${kind}/${number}/strip`);
  const frames = Number(answer.headers.get('X-Frames')), seconds = Number(answer.headers.get('X-Seconds'));
  const picture = await createImageBitmap(await answer.blob());
  if (mine !== played) return;
  const scale = Math.min(1.9, (target.clientWidth || 480) / (picture.width / frames));
  const canvas = element('canvas', { className: 'player', width: Math.round(picture.width / frames * scale), height: Math.round(picture.height * scale) });
  canvas.style.display = 'block';
  const slider = element('input', { type: 'range', min: 0, max: frames - 1, value: 0, 'aria-label': 'frame' });
  target.replaceChildren(canvas, slider);
  const draw = () => canvas.getContext('2d').drawImage(picture, slider.value * picture.width / frames, 0, picture.width / frames, picture.height, 0, 0, canvas.width, canvas.height);
  slider.oninput = () => { clearInterval(playing); draw(); };
  const start = () => { clearInterval(playing); playing = setInterval(() => { slider.value = (Number(slider.value) + 1) % frames; draw(); }, Math.max(1000 * seconds / frames, 30)); };
  let moving = true;
  canvas.onclick = () => { moving = !moving; moving ? start() : clearInterval(playing); };
  draw();
  start();
}
async function view(kind, clip) {
  const player = element('div'), said = element('div'), seen = element('img', { className: 'seen', alt: 'frames the network takes, an element a row' });
  $('view').replaceChildren(element('h3', {}, clip.name), player, element('h4', {}, 'Predicted'), said, element('h4', {}, 'What the network saw: elements, the context last'), seen);
  $('viewer').showModal();
  seen.src = `api/${kind}/${clip.number}/seen`;
  play(player, kind, clip.number);
  const answer = await (await ask(`api/try/${kind}/${clip.number}`)).json();
  said.append(bars(answer.bars.map((b) => ({ name: b.name, value: b.probability, spread: b.spread }))));
}
$('viewer').onclose = () => clearInterval(playing);

/* Try */
async function tryFile(file) {
  $('said').hidden = false;
  $('said').textContent = `${file.name} …`;
  try {
    const answer = await (await ask(`api/try?name=${encodeURIComponent(file.name)}`, { method: 'POST', body: file })).json();
    $('said').replaceChildren(element('h3', {}, file.name), bars(answer.bars.map((b) => ({ name: b.name, value: b.probability, spread: b.spread }))), element('p', {}, 'Grey: ± spread of repeated predictions with dropout.'));
  } catch (error) { $('said').textContent = error.message; }
}
$('upload').onchange = () => { if ($('upload').files[0]) tryFile($('upload').files[0]); };
for (const name of ['dragover', 'dragleave', 'drop']) $('drop').addEventListener(name, (event) => {
  event.preventDefault();
  $('drop').classList.toggle('over', name === 'dragover');
  if (name === 'drop' && event.dataTransfer.files[0]) tryFile(event.dataTransfer.files[0]);
});

/* Label next */
let sheet = null, at = 0;
const history_ = [];
function nextOpen(from) {
  for (let i = 0; i < sheet.rows.length; i++) {
    const index = (from + i) % sheet.rows.length;
    if (!sheet.rows[index].label) return index;
  }
  return Math.min(from, sheet.rows.length - 1);
}
function matching() {
  const typed = $('search').value.trim().toLowerCase();
  const ordered = [...sheet.classes];
  const guess = sheet.rows[at].guess;
  ordered.sort((a, b) => (b === guess) - (a === guess));
  return ordered.filter((name) => name.toLowerCase().includes(typed));
}
function showChoices() {
  const row = sheet.rows[at];
  $('choices').replaceChildren(...matching().map((name, i) => {
    const button = element('button', { className: `${name === row.guess ? 'guess' : ''} ${name === row.label ? 'given' : ''}` },
      i < 9 ? element('kbd', {}, String(i + 1)) : '', name);
    button.onclick = () => give(name);
    return button;
  }));
  const left = sheet.rows.filter((r) => !r.label).length;
  $('progress').max = sheet.rows.length;
  $('progress').value = sheet.rows.length - left;
  $('left').textContent = left ? `${left} of ${sheet.rows.length} left` : 'all labelled';
}
function showClip() {
  const row = sheet.rows[at];
  $('reason').textContent = `${row.clip}: ${row.reason}`;
  $('search').value = '';
  showChoices();
  play($('stage'), 'next', row.number).catch(() => $('stage').replaceChildren('this clip cannot be shown'));
}
async function give(label) {
  const index = at;
  await ask('api/label', { method: 'POST', body: JSON.stringify({ clip: sheet.rows[index].clip, label }) });
  history_.push([index, sheet.rows[index].label]);
  sheet.rows[index].label = label;
  at = nextOpen(index + 1);
  showClip();
}
async function undo() {
  const last = history_.pop();
  if (!last) return;
  await ask('api/label', { method: 'POST', body: JSON.stringify({ clip: sheet.rows[last[0]].clip, label: last[1] }) });
  sheet.rows[last[0]].label = last[1];
  at = last[0];
  showClip();
}
function skip() { at = nextOpen(at + 1); showClip(); }
$('undo').onclick = undo;
$('skip').onclick = skip;
$('search').oninput = showChoices;
document.addEventListener('keydown', (event) => {
  if ($('label').hidden || !sheet?.rows.length || event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = $('search').value !== '';
  if (event.key === 'Enter' && typing) { const [first] = matching(); if (first) give(first); }
  else if (event.key === 'Escape') { $('search').value = ''; showChoices(); }
  else if (/^[1-9]$/.test(event.key) && !typing) { const name = matching()[Number(event.key) - 1]; if (name) give(name); }
  else if (event.key === 'Backspace' && !typing) undo();
  else if (event.key === 'ArrowRight' && !typing) skip();
  else if (event.key.length === 1 && document.activeElement !== $('search')) { $('search').focus(); return; }
  else return;
  event.preventDefault();
});
$('take').onchange = async () => {
  const file = $('take').files[0];
  if (!file) return;
  await ask('api/labels', { method: 'POST', body: file });
  await loadSheet();
};
async function loadSheet() {
  sheet = await (await ask('api/next')).json();
  $('no-sheet').hidden = sheet.rows.length > 0;
  $('labelling').hidden = sheet.rows.length === 0;
  $('go-on').textContent = sheet.go_on;
  if (sheet.rows.length) { at = nextOpen(0); showClip(); }
}

(async () => {
  show(['results', 'clips', 'try', 'label'].includes(location.hash.slice(1)) ? location.hash.slice(1) : 'results');
  run = await (await ask('api/results')).json();
  showResults();
  $('of').hidden = !run.shown.includes('pool');
  if (run.shown.length === 1) $('filter').elements.of.value = run.shown[0];
  options($('filter').elements.true);
  options($('filter').elements.predicted);
  await Promise.all([list(), loadSheet()]);
})();

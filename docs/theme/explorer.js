// The explorer: filters, rebasing, scale, order and a file of the shown rows. The state is after the # of the address.
'use strict';
(() => {
  const table = document.getElementById('cells');
  const form = document.getElementById('filters');
  if (!table || !form) return;
  const number = (text) => (text === undefined ? NaN : Number(text));
  const bodies = [...table.tBodies];
  const rows = bodies.flatMap((body) => [...body.rows]).map((element, place) => {
    const data = element.dataset;
    return {
      element, place, body: element.parentElement, data,
      ratio: number(data.ratio), low: number(data.low), high: number(data.high),
      time: number(data.time), memory: number(data.memory), libraries: JSON.parse(data.libraries),
      group: element.parentElement.dataset.group,
      bar: element.querySelector('svg.bar'), speedup: element.querySelector('.speedup'),
      badge: element.querySelector('.badge'), verdict: element.querySelector('.badge')?.textContent, of: element.className,
    };
  });
  const choices = ['workload', 'family', 'question', 'pattern', 'size', 'workers', 'run', 'library', 'scale', 'order', 'text', 'safe', 'refused'];
  const controls = choices.map((id) => document.getElementById(id)).filter(Boolean);
  const count = document.getElementById('count');
  let base = '';

  for (const row of rows) {
    if (Number.isNaN(row.ratio)) continue;
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', className: 'rebase', textContent: '= 1×' });
    button.setAttribute('aria-label', `= 1×: compare all with ${row.data.technique}`);
    button.addEventListener('click', () => { base = base === key(row) ? '' : key(row); write(); show(); });
    row.element.querySelector('th a').after(button);
    row.button = button;
  }
  const contrasts = new Map(bodies.map((body) => [body.dataset.group, JSON.parse(body.dataset.contrasts)]));
  function key(row) { return `${row.data.family}/${row.data.technique}`; }

  const digits = (value) => {
    if (!(value > 0)) return '0';
    if (value >= 1e6 || value < 1e-3) return value.toExponential(1);
    return value.toFixed(value >= 99.95 ? 0 : value >= 9.995 ? 1 : value >= 0.1 ? 2 : 3);
  };

  const read = () => {
    const state = new URLSearchParams(location.hash.slice(1));
    for (const control of controls) {
      const value = state.get(control.id);
      if (control.type === 'checkbox') control.checked = value === '1';
      else if (control.tagName === 'SELECT') {
        const options = [...control.options].map((option) => option.value);
        control.value = options.includes(value) ? value : options[0];
      } else control.value = value ?? '';
    }
    const wanted = state.get('base') ?? '';
    base = rows.some((row) => key(row) === wanted) ? wanted : '';
  };
  const write = () => {
    const state = new URLSearchParams();
    for (const control of controls) {
      const plain = control.tagName === 'SELECT' ? control.options[0].value : '';
      if (control.type === 'checkbox') { if (control.checked) state.set(control.id, '1'); }
      else if (control.value !== plain) state.set(control.id, control.value);
    }
    if (base) state.set('base', base);
    history.replaceState(null, '', '#' + state);
  };

  const value = (id) => document.getElementById(id)?.value ?? '';
  const admitted = (row) => {
    const text = value('text').trim().toLowerCase();
    const library = value('library');
    return ['workload', 'family', 'question', 'pattern', 'size', 'workers', 'run'].every((id) => {
      const wanted = value(id);
      return wanted === '' || row.data[id] === wanted;
    })
      && (library === '' || (library === '-' ? row.libraries.length === 0 : row.libraries.includes(library)))
      && (row.data.safe === '1' || !document.getElementById('safe').checked)
      && (text === '' || `${row.data.workload}/${row.data.technique}`.toLowerCase().includes(text))
      && (!Number.isNaN(row.ratio) || document.getElementById('refused').checked);
  };

  const none = { ratio: NaN, low: NaN, high: NaN, verdict: 'not compared', of: 'unclear' };
  const turned = ({ ratio, low, high, verdict }) => {
    const word = { faster: 'slower', slower: 'faster' }[verdict] ?? verdict;
    return { ratio: 1 / ratio, low: 1 / high, high: low > 0 ? 1 / low : NaN, verdict: word, of: word };
  };
  // A row over plain code, according to the run.
  const own = (row) => ({ ratio: row.ratio, low: row.low, high: row.high, verdict: row.verdict, of: row.of });

  // A row over another row of its group: only if the run compared the pair. A speedup compares a row with plain code
  // only.
  const over = (row, one) => {
    const [a, b] = [row.data.technique, one.data.technique];
    const pair = contrasts.get(row.group).find(([x, y]) => (x === a && y === b) || (x === b && y === a));
    if (pair) {
      const [first, , ratio, low, high, verdict] = pair;
      const told = { ratio, low: low ?? NaN, high: high ?? NaN, verdict, of: verdict };
      return first === a ? told : turned(told);
    }
    if (one.of === 'baseline') return own(row);
    return row.of === 'baseline' ? turned(own(one)) : none;
  };

  const rebased = (row, bases) => {
    if (!base) return own(row);
    const one = bases.get(row.group);
    if (!one) return none;
    return one === row ? { ratio: 1, low: 1, high: 1, verdict: '= 1×', of: 'baseline' } : over(row, one);
  };

  const scaleOf = (shown, linear) => {
    let [low, high] = [0.8, 1.25];
    for (const { now } of shown) {
      if (Number.isNaN(now.ratio)) continue;
      low = Math.min(low, Math.max(now.low || now.ratio, now.ratio / 3));
      high = Math.max(high, Math.min(now.high || now.ratio, now.ratio * 3));
    }
    [low, high] = [Math.max(low, 1e-6) / 1.08, Math.min(high, 1e9) * 1.08];
    const share = linear ? (ratio) => ratio / high : (ratio) => Math.log(Math.max(ratio, 1e-9) / low) / Math.log(high / low);
    return { low: linear ? 0 : low, high, linear, x: (ratio) => Math.min(1, Math.max(0, share(ratio))) * 1000 };
  };

  const draw = (row, scale) => {
    const { ratio, low, high, verdict, of } = row.now;
    row.badge.textContent = verdict;
    row.element.className = of;
    row.bar.setAttribute('class', `bar ${of}`);
    row.bar.replaceChildren();
    row.speedup.textContent = '–';
    if (Number.isNaN(ratio)) return;
    const add = (name, attributes) => {
      const part = document.createElementNS('http://www.w3.org/2000/svg', name);
      for (const [attribute, is] of Object.entries(attributes)) part.setAttribute(attribute, is);
      row.bar.append(part);
    };
    const from = scale.linear ? 0 : scale.x(Math.min(ratio, 1));
    const to = scale.linear ? scale.x(ratio) : scale.x(Math.max(ratio, 1));
    add('line', { class: 'one', x1: scale.x(1), x2: scale.x(1), y1: 0, y2: 24 });
    add('rect', { x: from, y: 4, width: Math.max(to - from, 3), height: 16 });
    if (high > low) {
      add('line', { class: 'whisker', x1: scale.x(low), x2: scale.x(high), y1: 12, y2: 12 });
      for (const end of [low, high]) add('line', { class: 'whisker', x1: scale.x(end), x2: scale.x(end), y1: 6, y2: 18 });
    }
    row.speedup.textContent = `${digits(ratio)}×`;
    if (high > low) {
      const half = 100 * Math.max(high / ratio - 1, ratio / low - 1);
      const spread = document.createElement('span');
      spread.className = 'spread';
      spread.textContent = half > 999 ? '±?' : `±${half.toFixed(half < 9.95 ? 1 : 0)}%`;
      row.speedup.append(' ', spread);
    }
  };

  // Labels nearest to 1 come first, and labels do not overlap.
  const axis = (scale) => {
    const line = table.querySelector('.axis');
    line.replaceChildren();
    const candidates = [];
    if (scale.linear) {
      const step = 10 ** Math.floor(Math.log10(scale.high)) / 2;
      for (let k = 0; k * step < scale.high; k++) candidates.push(k * step);
    } else {
      const root = scale.high / scale.low > 60 ? 10 : 2;
      candidates.push(1);
      for (let power = 1; power <= 9; power++) candidates.push(root ** power, root ** -power);
    }
    const words = [];
    for (const tick of candidates) {
      const [x, word] = [scale.x(tick), `${Number(tick.toPrecision(3))}×`];
      const half = (33 * word.length + 30) / 2;
      if (tick < scale.low || tick > scale.high || words.some((other) => Math.abs(x - other.x) <= half + other.half)) continue;
      words.push({ x, half });
      const place = document.createElement('span');
      place.style.left = `${x / 10}%`;
      place.textContent = word;
      line.append(place);
    }
  };

  // The shown rows, in their order, as a file. A spreadsheet would take a text that begins like a formula for one.
  const columns = {
    machine: (row) => document.getElementById('run')?.options[Number(row.data.run) + 1]?.textContent ?? '',
    workload: (row) => row.data.workload, technique: (row) => row.data.technique, family: (row) => row.data.family,
    question: (row) => row.data.question, pattern: (row) => row.data.pattern, size: (row) => row.data.size,
    workers: (row) => row.data.workers, over: () => (base ? base.split('/')[1] : 'sequential'),
    ratio: (row) => row.now.ratio, ratio_low: (row) => row.now.low, ratio_high: (row) => row.now.high,
    verdict: (row) => (row.badge ? row.now.verdict : ''), time_ns: (row) => row.time, peak_bytes: (row) => row.memory,
    safe_rust: (row) => ({ 1: 'yes', 0: 'no' })[row.data.safe], libraries: (row) => row.libraries.join(' '),
    reason: (row) => row.data.reason,
  };
  const field = (value) => {
    if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
    const text = String(value ?? '').replace(/^[=+\-@\t\r]/, "'$&");
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const csv = () => {
    const shown = bodies.flatMap((body) => [...body.rows]).filter((element) => !element.hidden);
    const lines = shown.map((element) => Object.values(columns).map((of) => field(of(known.get(element)))).join(','));
    return [Object.keys(columns).join(','), ...lines].map((line) => `${line}\r\n`).join('');
  };
  const known = new Map(rows.map((row) => [row.element, row]));
  const save = () => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([csv()], { type: 'text/csv' }));
    link.download = 'parallax.csv';
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };

  const sorted = (shown) => {
    const by = {
      speedup: (a, b) => (b.now.ratio || -1) - (a.now.ratio || -1),
      time: (a, b) => (a.time || Infinity) - (b.time || Infinity),
      memory: (a, b) => (a.memory || Infinity) - (b.memory || Infinity),
    }[value('order')];
    return by ? [...shown].sort((a, b) => by(a, b) || a.place - b.place) : null;
  };

  const show = () => {
    const bases = new Map(base ? rows.filter((row) => key(row) === base && !Number.isNaN(row.ratio)).map((row) => [row.group, row]) : []);
    const shown = rows.filter(admitted);
    for (const row of rows) {
      row.now = rebased(row, bases);
      row.element.hidden = true;
      row.button?.setAttribute('aria-pressed', String(key(row) === base));
    }
    const scale = scaleOf(shown, value('scale') === 'linear');
    for (const row of shown) {
      row.element.hidden = false;
      if (row.bar) draw(row, scale);
    }
    axis(scale);
    const order = sorted(shown);
    for (const row of rows) row.body.append(row.element);
    if (order) for (const row of order) bodies[0].append(row.element);
    for (const body of bodies) body.hidden = ![...body.rows].some((row) => !row.hidden);
    const measured = shown.filter((row) => !Number.isNaN(row.ratio)).length;
    count.textContent = `${measured} cells with a figure, ${shown.length - measured} without${base ? `; speedups over ${base.split('/')[1]}, 'not compared' marks pairs that this run did not compare` : ''}`;
  };

  form.hidden = false;
  form.addEventListener('input', () => { write(); show(); });
  document.getElementById('reset').addEventListener('click', () => { history.replaceState(null, '', '#'); read(); write(); show(); });
  document.getElementById('csv').addEventListener('click', save);
  addEventListener('hashchange', () => { read(); show(); });
  read();
  show();
})();

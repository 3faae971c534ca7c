// The explorer: filters, another baseline, scales, order and a file of the shown rows. The state is after the # of the
// address, and each choice is a step of the browser's history.
'use strict';
(() => {
  const table = document.getElementById('cells');
  const form = document.getElementById('filters');
  if (!table || !form) return;
  const { digits, factor, amount } = figures;
  const number = (text) => (text === undefined ? NaN : Number(text));
  const bodies = [...table.tBodies];
  const cells = (body) => [...body.rows].filter((element) => element.dataset.technique !== undefined);
  const rows = bodies.flatMap(cells).map((element, place) => {
    const data = element.dataset;
    return {
      element, place, body: element.parentElement, data,
      ratio: number(data.ratio), low: number(data.low), high: number(data.high), time: number(data.time),
      costs: JSON.parse(data.costs), libraries: JSON.parse(data.libraries), group: element.parentElement.dataset.group,
      bar: element.querySelector('svg.bar'), speedup: element.querySelector('.speedup'), cost: element.querySelector('.cost'),
      task: element.querySelector('.task'),
      badge: element.querySelector('.badge'), verdict: element.querySelector('.badge')?.textContent, of: element.className,
    };
  });
  const exact = ['workload', 'family', 'question', 'pattern', 'size', 'workers', 'run'];
  const choices = [...exact, 'library', 'cost', 'scale', 'order', 'text', 'safe', 'refused', 'chart'];
  const controls = choices.map((id) => document.getElementById(id)).filter(Boolean);
  const count = document.getElementById('count');
  const contrasts = new Map(bodies.map((body) => [body.dataset.group, JSON.parse(body.dataset.contrasts)]));
  let base = '';
  const key = (row) => `${row.data.family}/${row.data.technique}`;
  const baseName = () => (base ? base.split('/')[1] : 'sequential');

  for (const row of rows) {
    if (Number.isNaN(row.ratio)) continue;
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', className: 'rebase', textContent: '= 1×' });
    button.setAttribute('aria-label', `= 1×: compare all with ${row.data.technique}`);
    button.addEventListener('click', () => { base = base === key(row) ? '' : key(row); write(true); show(); });
    row.element.querySelector('th a').after(button);
    row.button = button;
  }

  // An address is input: a value that a control does not offer is ignored.
  const read = () => {
    const state = new URLSearchParams(location.hash.slice(1));
    for (const control of controls) {
      const value = state.get(control.id);
      if (control.type === 'checkbox') control.checked = value === '1';
      else if (control.tagName === 'SELECT') {
        const options = [...control.options].map((option) => option.value);
        control.value = options.includes(value) ? value : options[0];
      } else control.value = (value ?? '').slice(0, 200);
    }
    const wanted = state.get('base') ?? '';
    base = rows.some((row) => key(row) === wanted) ? wanted : '';
  };
  const write = (step) => {
    const state = new URLSearchParams();
    for (const control of controls) {
      const plain = control.tagName === 'SELECT' ? control.options[0].value : '';
      if (control.type === 'checkbox') { if (control.checked) state.set(control.id, '1'); }
      else if (control.value !== plain) state.set(control.id, control.value);
    }
    if (base) state.set('base', base);
    const address = `#${state}`;
    if (address !== (location.hash || '#')) history[step ? 'pushState' : 'replaceState'](null, '', address);
  };

  const value = (id) => document.getElementById(id)?.value ?? '';
  const checked = (id) => document.getElementById(id).checked;
  const admitted = (row) => {
    const text = value('text').trim().toLowerCase();
    const library = value('library');
    return exact.every((id) => value(id) === '' || row.data[id] === value(id))
      && (library === '' || (library === '-' ? row.libraries.length === 0 : row.libraries.includes(library)))
      && (row.data.safe === '1' || !checked('safe'))
      && (text === '' || `${row.data.workload}/${row.data.technique}`.toLowerCase().includes(text))
      && (!Number.isNaN(row.ratio) || checked('refused'));
  };

  const none = { ratio: NaN, low: NaN, high: NaN, verdict: 'not compared', of: 'unclear' };
  const turned = ({ ratio, low, high, verdict }) => {
    const word = { faster: 'slower', slower: 'faster' }[verdict] ?? verdict;
    return { ratio: 1 / ratio, low: 1 / high, high: low > 0 ? 1 / low : NaN, verdict: word, of: word };
  };
  // A row over plain code, according to the run.
  const own = (row) => ({ ratio: row.ratio, low: row.low, high: row.high, verdict: row.verdict, of: row.of });

  // A row over another row of its group: what the run says of the pair, with its interval. A speedup is such a pair, with
  // plain code. Any other pair has only the quotient of two speedups, which has no interval and claims no verdict.
  const over = (row, one) => {
    const [a, b] = [row.data.technique, one.data.technique];
    const pair = contrasts.get(row.group).find(([x, y]) => (x === a && y === b) || (x === b && y === a));
    if (pair) {
      const [first, , ratio, low, high, verdict] = pair;
      const told = { ratio, low: low ?? NaN, high: high ?? NaN, verdict, of: verdict };
      return first === a ? told : turned(told);
    }
    if (one.of === 'baseline') return own(row);
    if (row.of === 'baseline') return turned(own(one));
    return { ...none, ratio: row.ratio / one.ratio, plain: true };
  };
  const rebased = (row, bases) => {
    if (!base || Number.isNaN(row.ratio)) return own(row);
    const one = bases.get(row.group);
    if (!one) return none;
    return one === row ? { ratio: 1, low: 1, high: 1, verdict: '= 1×', of: 'baseline' } : over(row, one);
  };

  // The note at a ratio: the half-width of its interval, or that it has none.
  const spread = ({ ratio, low, high, of, plain }) => {
    if (of === 'baseline') return '';
    if (plain) return 'no interval';
    if (!(high > low)) return 'one block';
    const half = 100 * Math.max(high / ratio - 1, ratio / low - 1);
    return half > 999 ? '±?' : `±${half.toFixed(half < 9.95 ? 1 : 0)}%`;
  };

  const bar = ({ ratio, low, high }, scale) => {
    const x = (ratio) => scale.x(ratio) * 1000;
    const from = scale.linear ? 0 : x(Math.min(ratio, 1));
    const to = scale.linear ? x(ratio) : x(Math.max(ratio, 1));
    const line = (kind, x1, x2, y1, y2) => figures.part('line', { class: kind, x1, x2, y1, y2 });
    const parts = [line('one', x(1), x(1), 0, 24), figures.part('rect', { x: from, y: 4, width: Math.max(to - from, 3), height: 16 })];
    if (high > low) {
      parts.push(line('whisker', x(low), x(high), 12, 12), ...[low, high].map((end) => line('whisker', x(end), x(end), 6, 18)));
    }
    return parts;
  };

  const draw = (row, scale, cost) => {
    const { now } = row;
    row.badge.textContent = now.verdict;
    row.element.className = now.of;
    row.bar.setAttribute('class', `bar ${now.of}${now.plain ? ' plain' : ''}`);
    row.bar.replaceChildren(...(Number.isNaN(now.ratio) ? [] : bar(now, scale)));
    const note = document.createElement('span');
    Object.assign(note, { className: now.plain ? 'spread below' : 'spread', textContent: spread(now) });
    row.speedup.replaceChildren(...(Number.isNaN(now.ratio) ? ['–'] : [factor(now.ratio), ' ', note]), row.task ?? '');
    const known = row.costs[cost] ?? null;
    row.cost.textContent = known === null ? '–' : amount(cost, known);
    row.cost.dataset.label = document.getElementById('cost').selectedOptions[0].textContent;
  };

  // A letter takes about 33 thousandths of the narrowest column that has an axis.
  const axis = (line, scale) => {
    line.replaceChildren();
    for (const { at, word } of scale ? figures.ticks(scale, (word) => (0.033 * word.length + 0.03) / 2) : []) {
      const place = document.createElement('span');
      place.style.left = `${at * 100}%`;
      place.textContent = word;
      line.append(place);
    }
  };

  // The shown rows, in their order, as a file. A spreadsheet would take a text that begins like a formula for one.
  const costs = ['peak_bytes', 'lines', 'unsafe_lines', 'dependencies', 'build_s', 'size_bytes'];
  const columns = {
    machine: (row) => document.getElementById('run')?.options[Number(row.data.run) + 1]?.textContent ?? '',
    workload: (row) => row.data.workload, technique: (row) => row.data.technique, family: (row) => row.data.family,
    question: (row) => row.data.question, pattern: (row) => row.data.pattern, size: (row) => row.data.size,
    workers: (row) => row.data.workers, over: baseName,
    ratio: (row) => row.now.ratio, ratio_low: (row) => row.now.low, ratio_high: (row) => row.now.high,
    verdict: (row) => (row.badge ? row.now.verdict : ''), time_ns: (row) => row.time,
    ...Object.fromEntries(costs.map((cost) => [cost, (row) => row.costs[cost]])),
    safe_rust: (row) => ({ 1: 'yes', 0: 'no' })[row.data.safe], libraries: (row) => row.libraries.join(' '),
    reason: (row) => row.data.reason,
  };
  const field = (value) => {
    if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
    const text = String(value ?? '').replace(/^[=+\-@\t\r]/, "'$&");
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const known = new Map(rows.map((row) => [row.element, row]));
  const csv = () => {
    const shown = bodies.flatMap(cells).filter((element) => !element.hidden);
    const lines = shown.map((element) => Object.values(columns).map((of) => field(of(known.get(element)))).join(','));
    return [Object.keys(columns).join(','), ...lines].map((line) => `${line}\r\n`).join('');
  };
  const save = () => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([csv()], { type: 'text/csv' }));
    link.download = 'parallax.csv';
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };

  const sorted = (shown, cost) => {
    const by = {
      speedup: (a, b) => (b.now.ratio || -1) - (a.now.ratio || -1),
      time: (a, b) => (a.time || Infinity) - (b.time || Infinity),
      cost: (a, b) => (a.costs[cost] ?? Infinity) - (b.costs[cost] ?? Infinity) || 0,
    }[value('order')];
    return by ? [...shown].sort((a, b) => by(a, b) || a.place - b.place) : null;
  };

  // The rows of a group share a baseline and a scale; a list across groups has one scale for all.
  const scales = (shown, isList) => {
    const of = (some) => figures.scale(some.map((row) => row.now), value('scale') === 'linear');
    const common = isList ? of(shown) : null;
    axis(table.tHead.querySelector('.axis'), common);
    return new Map(bodies.map((body) => {
      const some = shown.filter((row) => row.body === body);
      const scale = common ?? of(some);
      const head = body.querySelector('tr.head');
      head.hidden = isList || some.length === 0;
      if (!head.hidden) axis(head.querySelector('.axis'), scale);
      return [body, scale];
    }));
  };

  const summary = (shown) => {
    const measured = shown.filter((row) => !Number.isNaN(row.ratio)).length;
    const told = `${measured} cells with a figure, ${shown.length - measured} without`;
    if (!base) return told;
    const pairs = shown.some((row) => row.now.plain)
      ? "; where it says 'no interval', the run did not compare the pair, and the figure is the quotient of two speedups" : '';
    return `${told}; speedups over ${baseName()}${pairs}`;
  };

  // A row that moves loses the focus of the keyboard, so it is restored.
  let isList = false;
  const arrange = (shown, list) => {
    const focused = document.activeElement;
    if (isList || list) {
      for (const row of rows) row.body.append(row.element);
      for (const row of list ?? []) bodies[0].append(row.element);
    }
    isList = list !== null;
    const admits = new Set(shown);
    for (const row of rows) row.element.hidden = !admits.has(row);
    if (table.contains(focused)) focused.focus({ preventScroll: true });
  };

  const show = () => {
    const bases = new Map(base ? rows.filter((row) => key(row) === base && !Number.isNaN(row.ratio)).map((row) => [row.group, row]) : []);
    const cost = value('cost');
    for (const row of rows) {
      row.now = rebased(row, bases);
      row.button?.setAttribute('aria-pressed', String(key(row) === base));
    }
    const shown = rows.filter(admitted);
    const list = sorted(shown, cost);
    arrange(shown, list);
    const scale = scales(shown, list !== null);
    for (const row of shown) if (row.bar) draw(row, scale.get(row.body), cost);
    for (const body of bodies) body.hidden = ![...body.rows].some((row) => !row.hidden);
    const words = document.getElementById('cost').selectedOptions[0].textContent;
    table.tHead.querySelector('.cost').textContent = words;
    count.textContent = summary(shown);
    const detail = { rows: shown, cost, costs: words, over: baseName(), chart: checked('chart') };
    table.dispatchEvent(new CustomEvent('shown', { detail }));
  };

  form.hidden = false;
  form.addEventListener('input', ({ target }) => { write(target.id !== 'text'); show(); });
  document.getElementById('reset').addEventListener('click', () => {
    if (location.hash) history.pushState(null, '', '#');
    read();
    show();
  });
  document.getElementById('csv').addEventListener('click', save);
  addEventListener('hashchange', () => { read(); show(); });
  read();
  show();
})();

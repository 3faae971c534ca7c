// A chart of speed against cost of the shown rows: a point for each cell of one group, with marks on those worth a higher
// cost. Speedups of two groups are over two baselines, so no chart has both.
'use strict';
(() => {
  const table = document.getElementById('cells');
  const section = document.getElementById('against');
  if (!table || !section) return;
  const chart = section.querySelector('figure');
  const words = section.querySelector('p');
  const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [720, 320, 64, 150, 16, 44];
  const { digits, factor, amount, part } = figures;

  // The cheapest first: each is shown to be faster than all before it, which needs an interval.
  const front = (points) => {
    const known = points.filter(({ now }) => now.low > 0 && now.high > 0);
    known.sort((a, b) => a.cost - b.cost || b.now.ratio - a.now.ratio);
    const on = [];
    for (const point of known) if (on.every((cheaper) => point.now.low > cheaper.now.high)) on.push(point);
    return on;
  };

  const place = (points) => {
    const most = Math.max(...points.map((point) => point.cost));
    const scale = figures.scale(points.map((point) => point.now), false);
    return {
      most, scale,
      x: (cost) => LEFT + 12 + cost / Math.max(most, 1e-9) * (WIDTH - LEFT - RIGHT - 12),
      y: (ratio) => HEIGHT - BOTTOM - scale.x(ratio) * (HEIGHT - TOP - BOTTOM),
    };
  };

  const frame = ({ x, y, most, scale }, cost, costs, over) => {
    const middle = HEIGHT / 2;
    const rows = figures.ticks(scale, () => 0.04).map(({ word }) => [word, y(parseFloat(word))]);
    return [
      ...rows.flatMap(([word, at]) => [
        part('line', { class: 'grid', x1: LEFT, x2: WIDTH - RIGHT, y1: at, y2: at }),
        part('text', { class: 'tick', x: LEFT - 8, y: at + 4, 'text-anchor': 'end' }, word),
      ]),
      ...figures.round(cost, most).map((tick) =>
        part('text', { class: 'tick', x: x(tick), y: HEIGHT - BOTTOM + 18, 'text-anchor': 'middle' }, amount(cost, tick))),
      part('text', { class: 'label', x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 6, 'text-anchor': 'middle' }, costs),
      part('text', { class: 'label', x: 14, y: middle, 'text-anchor': 'middle', transform: `rotate(-90 14 ${middle})` }, `speedup over ${over}`),
    ];
  };

  const point = ({ x, y }, { name, cost, now }, kind, isOn) => {
    const [at, high] = [x(cost), y(now.ratio)];
    const interval = now.high > now.low ? ` (${digits(now.low)} to ${digits(now.high)})` : ', no interval';
    const made = part('g', { class: isOn ? 'point on' : 'point' }, part('title', {}, `${name}: ${amount(kind, cost)}, ${factor(now.ratio)}${interval}`));
    if (now.high > now.low) made.append(part('line', { x1: at, x2: at, y1: y(now.low), y2: y(now.high) }));
    made.append(isOn ? part('path', { d: `M${at} ${high - 6}l6 6l-6 6l-6 -6z` }) : part('circle', { cx: at, cy: high, r: 3.5 }));
    return made;
  };

  const draw = ({ rows, cost, costs, over }) => {
    chart.replaceChildren();
    const points = rows.map((row) => ({ name: row.data.technique, cost: row.costs[cost], now: row.now }));
    const known = points.filter((point) => point.cost >= 0 && point.now.ratio > 0);
    const groups = new Set(rows.filter((row) => row.now.ratio > 0).map((row) => row.group));
    if (groups.size > 1) {
      words.textContent = `${groups.size} groups are shown, each with a baseline of its own: choose one workload, size and number of workers.`;
      return;
    }
    if (known.length < 2) {
      words.textContent = `Fewer than two of the cells shown have both a speedup and this cost (${costs}).`;
      return;
    }
    const [on, at] = [front(known), place(known)];
    const title = `Speed against ${costs}, over ${over}; diamonds are the front`;
    const svg = part('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': title }, ...frame(at, cost, costs, over));
    if (on.length) svg.append(part('path', { class: 'front', d: `M${on.map((one) => `${at.x(one.cost)} ${at.y(one.now.ratio)}`).join('L')}` }));
    svg.append(...known.map((one) => point(at, one, cost, on.includes(one))));
    svg.append(...on.map((one) => part('text', { class: 'name', x: at.x(one.cost) + 10, y: at.y(one.now.ratio) + 4 }, one.name)));
    chart.append(svg);
    const each = on.map((one) => `${one.name} (${amount(cost, one.cost)}, ${factor(one.now.ratio)})`);
    words.textContent = each.length
      ? `Nothing shown is proven to be both faster and cheaper than: ${each.join(', ')}.`
      : 'No cell that is shown has both this cost and an interval, so nothing is proven to be worth it.';
  };

  table.addEventListener('shown', ({ detail }) => {
    section.hidden = !detail.chart;
    if (detail.chart) draw(detail);
  });
})();

// Quantities in words, and scales with their ticks, as in the pages that the generator writes.
'use strict';
const figures = (() => {
  const digits = (value) => {
    const size = Math.abs(value);
    if (!(size > 0)) return '0';
    if (size >= 1e6 || size < 1e-3) return value.toExponential(1);
    return value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.1 ? 2 : 3);
  };
  const factor = (ratio) => `${digits(ratio)}×`;
  const plain = (tick) => String(Number(tick.toPrecision(3)));

  const unitOf = (value) => [[2 ** 30, 'GiB'], [2 ** 20, 'MiB'], [2 ** 10, 'KiB']].find(([size]) => value >= size) ?? [1, 'B'];
  const bytes = (value) => { const [size, name] = unitOf(value); return `${digits(value / size)} ${name}`; };
  // A cost by its kind: lines and packages are counts, the others have a unit.
  const amount = (cost, value) => {
    if (cost === 'build_s') return `${digits(value)} s`;
    return cost === 'size_bytes' || cost === 'peak_bytes' ? bytes(value) : value.toFixed(0);
  };

  // A scale of speedups that includes 1 and the intervals of all `told`; a single far interval must not squeeze the
  // others. `x` gives the share of the length.
  const scale = (told, linear) => {
    let [low, high] = [0.8, 1.25];
    for (const one of told) {
      if (Number.isNaN(one.ratio)) continue;
      low = Math.min(low, Math.max(one.low || one.ratio, one.ratio / 3));
      high = Math.max(high, Math.min(one.high || one.ratio, one.ratio * 3));
    }
    [low, high] = [Math.max(low, 1e-6) / 1.08, Math.min(high, 1e9) * 1.08];
    const share = linear ? (ratio) => ratio / high : (ratio) => Math.log(Math.max(ratio, 1e-9) / low) / Math.log(high / low);
    return { low: linear ? 0 : low, high, linear, x: (ratio) => Math.min(1, Math.max(0, share(ratio))) };
  };

  // Labels nearest to 1 come first, and labels do not overlap or leave the column: `half` is half the width of a label, as
  // a share of the length, and MARGIN the room on each side.
  const MARGIN = 0.08;
  const ticks = (of, half) => {
    const candidates = of.linear ? [] : [1];
    if (of.linear) {
      const step = 10 ** Math.floor(Math.log10(of.high)) / 2;
      for (let k = 0; k * step < of.high; k++) candidates.push(k * step);
    } else {
      const root = of.high / of.low > 60 ? 10 : 2;
      for (let power = 1; power <= 9; power++) candidates.push(root ** power, root ** -power);
    }
    const chosen = [];
    for (const tick of candidates) {
      const [at, word] = [of.x(tick), `${plain(tick)}×`];
      const room = half(word);
      if (tick < of.low || tick > of.high || at < room - MARGIN || at > 1 + MARGIN - room) continue;
      if (chosen.some((other) => Math.abs(at - other.at) <= room + other.room)) continue;
      chosen.push({ at, word, room });
    }
    return chosen;
  };

  // At most six round values from 0 to `most`.
  const round = (cost, most) => {
    const unit = cost.endsWith('bytes') ? unitOf(most)[0] : 1;
    const least = cost === 'build_s' ? 1e-3 : 1;
    const power = 10 ** Math.floor(Math.log10(Math.max(most / unit / 4, least)));
    const step = Math.max([1, 2, 5, 10].map((k) => k * power).find((step) => most / unit / step <= 5) ?? 10 * power, least);
    return Array.from({ length: Math.floor(most / unit / step) + 1 }, (_, k) => k * step * unit);
  };

  const part = (name, attributes, ...inside) => {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [attribute, is] of Object.entries(attributes)) made.setAttribute(attribute, is);
    made.append(...inside);
    return made;
  };

  return { digits, factor, amount, scale, ticks, round, part };
})();

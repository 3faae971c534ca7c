// The decision helper: shows the answers for the problem, size, cores and language of the reader; the address holds the
// choice.
'use strict';
(() => {
  const form = document.getElementById('chooser');
  const controls = ['problem', 'size', 'cores', 'language'].map((id) => document.getElementById(id));
  const [problem, size, cores, language] = controls;
  const nothing = document.getElementById('nothing');
  const answers = [...document.querySelectorAll('details.problem')];
  const known = (select, value) => [...select.options].some((option) => option.value === value);

  const read = () => {
    const state = new URLSearchParams(location.hash.slice(1));
    for (const select of controls) {
      const value = state.get(select.id) ?? '';
      select.value = known(select, value) ? value : '';
    }
  };
  const write = () => {
    const state = new URLSearchParams();
    for (const select of controls) if (select.value) state.set(select.id, select.value);
    history.replaceState(null, '', '#' + state);
  };
  const fits = (part) => (size.value === '' || !part.dataset.size || part.dataset.size === size.value)
    && (cores.value === '' || part.dataset.workers.split(' ').includes(cores.value));
  const show = () => {
    let shown = 0;
    for (const answer of answers) {
      answer.hidden = problem.value !== '' && answer.dataset.problem !== problem.value;
      answer.open = problem.value !== '' && !answer.hidden;
      for (const part of answer.querySelectorAll('.group, .predicted')) {
        part.hidden = !fits(part);
        shown += !part.hidden && !answer.hidden;
      }
    }
    for (const part of document.querySelectorAll('[data-language]')) {
      part.hidden = language.value !== '' && part.dataset.language !== language.value;
    }
    for (const row of document.querySelectorAll('.answer tr[data-family="python"]')) row.hidden = language.value === 'rust';
    nothing.hidden = shown > 0 || problem.value === 'own';
  };
  form.hidden = false;
  form.addEventListener('change', () => {
    write();
    show();
    if (problem.value === 'own') document.getElementById('own').scrollIntoView();
  });
  addEventListener('hashchange', () => { read(); show(); });
  read();
  show();
})();

// The decision helper: of all answers, those for the chosen problem and size; the choice stands in the address.
'use strict';
(() => {
  const form = document.getElementById('chooser');
  const [problem, size, nothing] = ['problem', 'size', 'nothing'].map((id) => document.getElementById(id));
  const answers = [...document.querySelectorAll('details.problem')];
  const known = (select, value) => [...select.options].some((option) => option.value === value);

  const read = () => {
    const state = new URLSearchParams(location.hash.slice(1));
    for (const select of [problem, size]) {
      const value = state.get(select.id) ?? '';
      select.value = known(select, value) ? value : '';
    }
  };
  const write = () => {
    const state = new URLSearchParams();
    for (const select of [problem, size]) if (select.value) state.set(select.id, select.value);
    history.replaceState(null, '', '#' + state);
  };
  const show = () => {
    let shown = 0;
    for (const answer of answers) {
      answer.hidden = problem.value !== '' && answer.dataset.problem !== problem.value;
      answer.open = problem.value !== '' && !answer.hidden;
      for (const group of answer.querySelectorAll('.group')) {
        group.hidden = size.value !== '' && group.dataset.size !== size.value;
        shown += !group.hidden && !answer.hidden;
      }
    }
    nothing.hidden = shown > 0;
  };
  form.hidden = false;
  form.addEventListener('change', () => { write(); show(); });
  addEventListener('hashchange', () => { read(); show(); });
  read();
  show();
})();

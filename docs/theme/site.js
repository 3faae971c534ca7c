// For every page: the theme, before anything is drawn; search and highlighting, when they are needed.
'use strict';
const siteRoot = document.currentScript.dataset.root || '';
var path_to_root = siteRoot; // mdBook's search reads these names
window.path_to_searchindex_js = siteRoot + 'searchindex.js';
var mdbook_something_else_has_focus = (e) => /^(INPUT|SELECT|TEXTAREA|BUTTON)$/.test(e.target.tagName);

const remembered = (() => { try { return localStorage.getItem('parallax-theme'); } catch { return null; } })();
const themes = ['auto', 'light', 'dark'];
let theme = themes.includes(remembered) ? remembered : 'auto';
const showTheme = () => {
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
};
showTheme();
document.documentElement.classList.add('script');

const load = (name) => new Promise((done, failed) => {
  const script = document.createElement('script');
  Object.assign(script, { src: siteRoot + name, onload: done, onerror: failed });
  document.head.append(script);
});

let searching = null;
const startSearch = () => searching ??= load('elasticlunr.min.js').then(() => load('mark.min.js')).then(() => load('searcher.js'));

document.addEventListener('DOMContentLoaded', () => {
  const toggle = document.getElementById('theme-toggle');
  if (toggle) {
    const name = () => { toggle.textContent = 'Theme: ' + theme; };
    name();
    toggle.addEventListener('click', () => {
      theme = themes[(themes.indexOf(theme) + 1) % themes.length];
      try { localStorage.setItem('parallax-theme', theme); } catch { /* it lasts for this page only */ }
      showTheme();
      name();
    });
  }
  const search = document.getElementById('mdbook-search-toggle');
  if (search) {
    const first = (event) => {
      if (searching) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      startSearch().then(() => search.click());
    };
    search.addEventListener('click', first);
    document.addEventListener('keydown', (event) => {
      if (!searching && event.key === '/' && !mdbook_something_else_has_focus(event)) first(event);
    });
    if (/[?&](search|highlight)=/.test(location.search)) startSearch();
  }
  const menu = document.querySelector('nav.section details');
  if (menu) menu.open = getComputedStyle(menu.parentElement).position === 'sticky'; // it is next to the page
  const opened = () => {
    const target = document.getElementById(fragment());
    for (let around = target && target.closest('details'); around; around = around.parentElement.closest('details')) around.open = true;
    if (target) target.scrollIntoView();
  };
  opened();
  addEventListener('hashchange', opened);
  offerToCopy();
  highlight();
});

// The text after the # of the address, which may come from anywhere.
const fragment = () => {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return '';
  }
};

// Adds a copy button to each piece of code.
const offerToCopy = () => {
  for (const code of document.querySelectorAll('figure.code pre code, pre > code.language-rust, pre > code.language-python, pre > code.language-console')) {
    const frame = code.parentElement;
    if (frame.previousElementSibling?.classList.contains('copy')) continue;
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', className: 'copy', textContent: 'Copy' });
    button.setAttribute('aria-label', 'Copy this code');
    button.addEventListener('click', async () => {
      const done = await copied(code);
      button.textContent = done ? 'Copied' : 'Selected';
      setTimeout(() => { button.textContent = 'Copy'; }, 2000);
    });
    frame.before(button);
  }
};

// Whether the text was copied; if the browser allows no clipboard, the text is selected.
const copied = async (code) => {
  try {
    await navigator.clipboard.writeText(code.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(code);
    return false;
  }
};

// Code is coloured when it comes into view, so that a page with much code appears immediately.
const highlight = () => {
  const blocks = document.querySelectorAll('pre code.language-rust, pre code.language-python, pre code.language-toml');
  if (!blocks.length) return;
  load('highlight.js').then(() => {
    const seen = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        seen.unobserve(target);
        window.hljs.highlightElement ? window.hljs.highlightElement(target) : window.hljs.highlightBlock(target);
      }
    });
    blocks.forEach((block) => seen.observe(block));
  });
};

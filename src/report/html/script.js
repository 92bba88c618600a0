'use strict';
// Filters the findings and unfolds what is printed. Everything on the page is there without it.
(() => {
  const byId = (id) => document.getElementById(id);
  let folded = [];
  addEventListener('beforeprint', () => {
    folded = [...document.querySelectorAll('details:not([open])')];
    for (const details of folded) details.open = true;
  });
  addEventListener('afterprint', () => {
    for (const details of folded) details.open = false;
  });

  const form = byId('filter');
  if (!form) return;
  form.hidden = false;
  const [text, kind, severity, target, counts] = ['text', 'kind', 'severity', 'target', 'counts'].map(
    (name) => byId(`filter-${name}`),
  );

  // What is filtered by, read from the page once, when somebody turns to the filter.
  let groups;
  const read = () => [...document.querySelectorAll('#groups > .group')].map((element) => {
    const rows = [...element.querySelectorAll('.row')];
    // The rest of the summary repeats what stands in the rows.
    const about = element.querySelectorAll('h3, summary > .badge, .known > li, :scope > .note');
    const own = [...about].map((part) => part.textContent).join('\n').toLowerCase();
    return {
      element,
      target: element.dataset.target,
      shown: true,
      rows: rows.map((row) => ({
        element: row,
        text: `${own}\n${row.textContent.toLowerCase()}`,
        kind: row.dataset.kind,
        severity: row.dataset.severity,
        counts: !row.classList.contains('spared'),
        shown: true,
      })),
    };
  });

  const show = (item, shown) => {
    if (item.shown === shown) return;
    item.shown = shown;
    item.element.hidden = !shown;
  };

  const apply = () => {
    groups ??= read();
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let [matching, all] = [0, 0];
    for (const group of groups) {
      const inTarget = !target.value || group.target === target.value;
      let any = false;
      for (const row of group.rows) {
        const shown = inTarget
          && (!kind.value || row.kind === kind.value)
          && (!severity.value || row.severity === severity.value)
          && (!counts.checked || row.counts)
          && words.every((word) => row.text.includes(word));
        show(row, shown);
        any ||= shown;
        all += 1;
        if (shown) matching += 1;
      }
      show(group, any);
    }
    byId('nothing').hidden = matching > 0;
    byId('filter-matches').textContent = matching === all ? `${all} findings` : `${matching} of ${all} findings`;
  };

  form.addEventListener('focusin', () => { groups ??= read(); });
  form.addEventListener('input', apply);
  form.addEventListener('submit', (event) => event.preventDefault());
  // The fields are empty only after the event.
  form.addEventListener('reset', () => setTimeout(apply));

  byId('unfold').addEventListener('click', (event) => {
    groups ??= read();
    const open = groups.some((group) => !group.element.open);
    for (const group of groups) group.element.open = open;
    event.target.textContent = open ? 'Fold all' : 'Unfold all';
  });

  for (const link of document.querySelectorAll('[data-show-target]')) {
    link.addEventListener('click', () => {
      form.reset();
      target.value = link.dataset.showTarget;
      setTimeout(apply);
    });
  }

  addEventListener('keydown', (event) => {
    const isTyping = event.target.closest('input:not([type=checkbox]), select, textarea');
    if (event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      text.focus();
      text.select();
    } else if (event.key === 'Escape' && form.contains(event.target)) {
      form.reset();
    }
  });
  byId('filter-matches').textContent = `${document.querySelectorAll('.row').length} findings`;
})();

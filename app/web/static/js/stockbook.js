// What every page does: the drawer, the theme, rows that open, ticks, questions before a step, long choices.

const root = document.documentElement;
const all = (selector, from = document) => [...from.querySelectorAll(selector)];

// Light or dark: what the person chose, else what the machine prefers. theme.js sets it before the first paint.
all("[data-theme-switch]").forEach((button) => button.addEventListener("click", () => {
  const next = root.dataset.bsTheme === "dark" ? "light" : "dark";
  root.dataset.bsTheme = next;
  localStorage.setItem("theme", next);
}));

// The menu as a drawer on small screens.
const drawer = (open) => {
  document.body.classList.toggle("sb-open", open);
  all("[data-drawer]").forEach((button) => button.setAttribute("aria-expanded", String(open)));
};
all("[data-drawer]").forEach((button) => button.addEventListener("click", () => drawer(!document.body.classList.contains("sb-open"))));

// Small menus close when one clicks elsewhere.
document.addEventListener("click", (event) => {
  all("details.sb-drop[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});

// Keys: "/" goes to the search field, Escape closes what is open.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    const field = document.querySelector("[data-search]");
    if (field) { event.preventDefault(); field.focus(); field.select(); }
  }
  if (event.key === "Escape") {
    drawer(false);
    all("details.sb-drop[open]").forEach((menu) => { menu.open = false; });
  }
});

// On a long sheet Enter goes down, as in a spreadsheet, instead of sending what is half written.
all("[data-next]").forEach((field, place, fields) => field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const next = fields[place + 1];
  if (next) { next.focus(); next.select(); } else field.form.querySelector("[type=submit]")?.focus();
}));

// A row opens on click; in a new tab with the middle button or Ctrl.
all("tr[data-href]").forEach((row) => {
  const open = (event) => {
    if (event.target.closest("a, button, input, label, select") || String(getSelection())) return;
    if (event.button === 1 || event.ctrlKey || event.metaKey) window.open(row.dataset.href, "_blank", "noopener");
    else if (event.button === 0) location.href = row.dataset.href;
  };
  row.addEventListener("click", open);
  row.addEventListener("auxclick", open);
});

// Fields that send their form as soon as they are changed.
all("[data-sends]").forEach((field) => field.addEventListener("change", () => field.form.requestSubmit()));

// Ticks and the buttons for what is ticked.
const ticks = all("input[name=rowid]");
const everything = document.querySelector("[data-tick-all]");
const bulk = document.querySelector("[data-bulk]");
const count = () => {
  const ticked = ticks.filter((tick) => tick.checked).length;
  if (bulk) {
    bulk.hidden = !ticked;
    bulk.querySelector("[data-ticked]").textContent = ticked;
  }
  if (everything) {
    everything.checked = ticked > 0 && ticked === ticks.length;
    everything.indeterminate = ticked > 0 && ticked < ticks.length;
  }
};
ticks.forEach((tick) => tick.addEventListener("change", count));
everything?.addEventListener("change", () => { ticks.forEach((tick) => { tick.checked = everything.checked; }); count(); });
if (ticks.length) count();

// A step for many documents: its questions in a dialog, then the ticked rows are sent with the answers.
all("[data-ask]").forEach((button) => button.addEventListener("click", () => {
  const dialog = document.getElementById(button.dataset.ask);
  const form = dialog.querySelector("form");
  all("input[name=rowid]", form).forEach((old) => old.remove());
  ticks.filter((tick) => tick.checked).forEach((tick) => {
    const field = document.createElement("input");
    field.type = "hidden"; field.name = "rowid"; field.value = tick.value;
    form.append(field);
  });
  dialog.showModal();
}));
all("[data-close]").forEach((button) => button.addEventListener("click", () => button.closest("dialog").close()));

// What cannot be taken back is asked once more.
all("form[data-sure]").forEach((form) => form.addEventListener("submit", (event) => {
  if (!window.confirm(form.dataset.sure)) event.preventDefault();
}));

// A form is sent once, however often one clicks.
all("form[method=post]").forEach((form) => form.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  setTimeout(() => { delete form.dataset.sent; }, 5000);
}));
window.addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => { delete form.dataset.sent; }));

// The value field of a new filter fits the column that is chosen.
const column = document.querySelector("[data-filter-column]");
if (column) {
  const fit = () => all("[data-filter-for]").forEach((part) => {
    const on = part.dataset.filterFor === column.value;
    part.hidden = !on;
    all("input, select", part).forEach((field) => { field.disabled = !on; });
    if (on) part.querySelector("[data-filter-how]").dispatchEvent(new Event("change"));
  });
  all("[data-filter-how]").forEach((how) => how.addEventListener("change", () => {
    how.closest("[data-filter-for]").querySelector("[data-filter-value]").name = how.value;
  }));
  column.addEventListener("change", fit);
  fit();
}

// Long choices are asked for while one types. Only what was found for just this text is offered: Enter and Tab take its
// first, and where the answer is not there yet they take it when it comes.
const search = (select) => {
  const source = select.dataset.source;
  let answered = "", found = new Set(), wanted = null;
  const chooser = new window.TomSelect(select, {
    maxOptions: 300,
    allowEmptyOption: !source,
    placeholder: select.dataset.placeholder || "",
    plugins: {},
    ...(source ? {
      valueField: "value", labelField: "text", searchField: "text", preload: "focus",
      refreshThrottle: 150, loadThrottle: 0,
      shouldLoad: () => true,
      load(query, done) {
        fetch(`${source}?q=${encodeURIComponent(query)}`, { headers: { Accept: "application/json" } })
          .then((answer) => (answer.ok ? answer.json() : []))
          .then((choices) => {
            if (query !== this.inputValue() && query !== wanted) { done([]); return; }
            this.clearOptions();
            [answered, found] = [query, new Set(choices.map((choice) => String(choice.value)))];
            done(choices);
            if (query === wanted && choices.length) this.addItem(String(choices[0].value));
            if (query === wanted) wanted = null;
          })
          .catch(() => done());
      },
      score: (typed) => (choice) => (typed === answered && found.has(String(choice.value)) ? 1 : 0),
    } : {}),
  });
  if (source) chooser.hook("instead", "onKeyDown", onKey(chooser, () => answered, (query) => { wanted = query; }));
  return chooser;
};
const onKey = (chooser, answered, want) => {
  const usual = chooser.onKeyDown.bind(chooser);
  return (event) => {
    const typed = chooser.inputValue(), takes = typed && (event.key === "Enter" || event.key === "Tab");
    want(takes && typed !== answered() ? typed : null);
    if (takes && typed !== answered()) {
      chooser.load(typed);
      if (event.key === "Enter") event.preventDefault();
    } else if (takes && event.key === "Tab" && chooser.activeOption) {
      chooser.addItem(chooser.activeOption.dataset.value);
    } else {
      usual(event);
    }
  };
};
if (window.TomSelect) all("select[data-source], select[data-many]").forEach(search);

// One more line: a copy of the empty one under the next number.
document.querySelector("[data-add-line]")?.addEventListener("click", () => {
  const lines = document.querySelector("[data-lines]");
  const place = lines.querySelectorAll("[data-line]").length + 1000;
  const fresh = document.querySelector("[data-line-template]").content.cloneNode(true);
  all("[name]", fresh).forEach((field) => { field.name = field.name.replace("9999", place); });
  lines.append(fresh);
  const select = lines.lastElementChild.querySelector("select");
  if (window.TomSelect) search(select).focus();
  else select.focus();
});

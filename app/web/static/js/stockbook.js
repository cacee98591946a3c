// What every page does: the drawer, the theme, rows that open, ticks, questions before a step.

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

// Keys: "/" and Ctrl-K go to the search field, "?" shows the keys, Escape closes what is open.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  const held = event.ctrlKey || event.metaKey, free = !typing && !held && !event.altKey;
  if ((event.key === "/" && free) || (event.key === "k" && held && !event.shiftKey && !event.altKey)) {
    const field = document.querySelector("[data-search]");
    if (field) { event.preventDefault(); field.focus(); field.select(); }
  }
  if (event.key === "?" && free && !document.querySelector("dialog[open]")) document.querySelector("[data-keys]")?.showModal();
  if (event.key === "Escape") {
    drawer(false);
    all("details.sb-drop[open]").forEach((menu) => { menu.open = false; });
  }
});

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
    all("select", part).forEach((field) => field.tomselect?.[on ? "enable" : "disable"]());
    if (on) part.querySelector("[data-filter-how]").dispatchEvent(new Event("change"));
  });
  all("[data-filter-how]").forEach((how) => how.addEventListener("change", () => {
    how.closest("[data-filter-for]").querySelector("[data-filter-value]").name = how.value;
  }));
  column.addEventListener("change", fit);
  fit();
}

// What one writes into: long choices, lines, where Enter goes, and that nothing half written is left without a word.

const all = (selector, from = document) => [...from.querySelectorAll(selector)];
const { nothing, out, silent } = document.body.dataset;

// Why nothing can be chosen, where there was no answer.
class Failed extends Error {}
const asked = async (address) => {
  const answer = await fetch(address, { headers: { Accept: "application/json" }, redirect: "manual" })
    .catch(() => { throw new Failed(silent); });
  if (answer.type === "opaqueredirect" || answer.status === 401) {
    document.dispatchEvent(new Event("signed-out"));
    throw new Failed(out);
  }
  if (!answer.ok) throw new Failed(silent);
  return answer.json();
};

// Long choices are asked for while one types. Only what was found for just this text is offered: Enter and Tab take its
// first, and where the answer is not there yet they take it when it comes.
const search = (select) => {
  const source = select.dataset.source;
  let answered = "", found = new Set(), wanted = null, why = nothing;
  const chooser = new window.TomSelect(select, {
    maxOptions: 300,
    allowEmptyOption: !source,
    placeholder: select.dataset.placeholder || "",
    plugins: {},
    render: {
      no_results() {
        const said = document.createElement("div");
        [said.className, said.textContent] = ["no-results", why];
        return said;
      },
    },
    ...(source ? {
      valueField: "value", labelField: "text", searchField: "text", preload: "focus",
      refreshThrottle: 150, loadThrottle: 0,
      shouldLoad: () => true,
      load(query, done) {
        asked(`${source}?q=${encodeURIComponent(query)}`).then((choices) => {
          why = nothing;
          if (query !== this.inputValue() && query !== wanted) { done([]); return; }
          this.clearOptions();
          [answered, found] = [query, new Set(choices.map((choice) => String(choice.value)))];
          done(choices);
          if (query === wanted && choices.length) this.addItem(String(choices[0].value));
          if (query === wanted) wanted = null;
        }).catch((failure) => {
          why = failure instanceof Failed ? failure.message : silent;
          if (query === wanted) wanted = null;
          done();
        });
      },
      score: (typed) => (choice) => (typed === answered && found.has(String(choice.value)) ? 1 : 0),
    } : {}),
  });
  if (source) chooser.hook("instead", "onKeyDown", onKey(chooser, () => answered, (query) => { wanted = query; }));
  return chooser;
};
const onKey = (chooser, answered, want) => {
  const usual = chooser.onKeyDown.bind(chooser);
  let moved = false;
  chooser.on("dropdown_open", () => { moved = false; });
  return (event) => {
    const typed = chooser.inputValue(), takes = typed && (event.key === "Enter" || event.key === "Tab");
    want(takes && typed !== answered() ? typed : null);
    // What was about to be looked up as typing paused would open the list anew and take the focus back.
    if (takes) clearTimeout(chooser.refreshTimeout);
    if (takes && typed !== answered()) {
      chooser.load(typed);
      if (event.key === "Enter") event.preventDefault();
    } else if (takes && event.key === "Tab" && chooser.activeOption) {
      chooser.addItem(chooser.activeOption.dataset.value);
    } else if (event.key === "Enter" && !typed && !moved && chooser.input.closest("[data-line]")) {
      // Nobody chose anything: a line gets no product by an Enter too many, which goes on below.
      chooser.close();
    } else {
      usual(event);
      if (event.key.startsWith("Arrow")) moved = true;
    }
  };
};
if (window.TomSelect) all("select[data-source], select[data-many]").forEach(search);

// One more line: a copy of the empty one under a number that no other line has, whatever the server numbered.
const lines = document.querySelector("[data-lines]");
const addLine = () => {
  const taken = all("[name]", lines).map((field) => Number(/_(\d+)$/.exec(field.name)?.[1] ?? -1));
  const place = 1 + Math.max(-1, ...taken);
  const fresh = document.querySelector("[data-line-template]").content.cloneNode(true);
  all("[name]", fresh).forEach((field) => { field.name = field.name.replace("9999", place); });
  lines.append(fresh);
  const line = lines.lastElementChild;
  if (window.TomSelect) search(line.querySelector("select"));
  return line;
};
const goTo = (line) => {
  const first = line.querySelector("select");
  (first.tomselect || first).focus();
};
document.querySelector("[data-add-line]")?.addEventListener("click", () => goTo(addLine()));

// Enter sends no form that is half written: in a line it goes to the next one, on a sheet down, as in a spreadsheet.
// Ctrl and Enter sends what is written from wherever one is.
const toSave = (form) => form.querySelector("[type=submit]")?.focus();
const isEmpty = (line) => all("[name]", line).every((field) => !field.value);
const enter = {
  line(field, line) {
    if (field.closest(".ts-wrapper") && line.querySelector("select").value) {
      line.querySelector("input[name]").focus();
    } else if (line.nextElementSibling) {
      goTo(line.nextElementSibling);
    } else if (isEmpty(line)) {
      toSave(field.form);
    } else {
      goTo(addLine());
    }
  },
  sheet(field) {
    const column = all(`[data-next="${field.dataset.next}"]`, field.form);
    const next = column[column.indexOf(field) + 1];
    if (next) { next.focus(); next.select(); } else toSave(field.form);
  },
};
document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || event.defaultPrevented || event.isComposing || !field.form) return;
  if (event.ctrlKey || event.metaKey) {
    if (field.form.method !== "post") return;
    event.preventDefault();
    field.form.requestSubmit(field.form.querySelector("[type=submit]"));
    return;
  }
  const line = field.closest("[data-line]");
  if (field.tagName !== "INPUT" || (!line && field.dataset.next === undefined)) return;
  event.preventDefault();
  if (line) enter.line(field, line); else enter.sheet(field);
});

// What is open is filled in on a click, as far as other fields leave money for it; in thousandths, which are exact.
const thousandths = (text) => Math.round(Number(text.replace(",", ".") || 0) * 1000) || 0;
all("[data-fills]").forEach((button) => button.addEventListener("click", () => {
  const { form } = button, field = form.elements[button.dataset.fills], { left } = form.dataset;
  const others = all("[data-next=amount]", form).filter((one) => one !== field);
  const rest = thousandths(left) - others.reduce((sum, one) => sum + thousandths(one.value), 0);
  const amount = Math.min(thousandths(button.dataset.open), Math.max(rest, 0));
  field.value = amount ? (amount / 1000).toFixed(left.split(".")[1]?.length ?? 0) : "";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}));

// What is half written is not left without a word. What the server gave back as it was typed is written already.
const written = (form) => !form.closest(".sb-door, [data-live], [data-bell]");
const mark = (event) => {
  const form = event.target.form;
  if (form?.method === "post" && event.target.name && written(form)) form.dataset.changed = "1";
};
document.addEventListener("input", mark);
document.addEventListener("change", mark);
// After a refusal one is at the first field that is wrong, else at the sentence that says what is.
const atFault = () => {
  const wrong = document.querySelector("main form .invalid-feedback");
  const field = wrong?.parentElement.querySelector("input:not([type=hidden]), select, textarea");
  const chooser = field?.tomselect;
  if (chooser) {
    // Its list would cover what is said below.
    chooser.settings.openOnFocus = false;
    chooser.wrapper.classList.add("preloaded");
    chooser.control_input.focus();
    chooser.wrapper.classList.remove("preloaded");
    chooser.settings.openOnFocus = true;
    return;
  }
  const at = field || document.querySelector("main [role=alert]");
  if (at && !field) at.tabIndex = -1;
  at?.focus();
};
const refused = performance.getEntriesByType("navigation")[0]?.responseStatus >= 400;
if (refused) {
  all("main form[method=post]").filter((form) => written(form) && form.querySelector("input:not([type=hidden]), select, textarea"))
    .forEach((form) => { form.dataset.changed = "1"; });
  atFault();
}
// What is sent while nobody is signed in would be lost: the notice says what to do, and it is looked at first.
document.addEventListener("submit", (event) => {
  if (!document.documentElement.hasAttribute("data-out") || !event.target.dataset.changed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  document.querySelector(".sb-live a")?.focus();
}, true);
window.addEventListener("beforeunload", (event) => {
  const left = all("form[data-changed]:not([data-sent])").some((form) => !form.closest("dialog:not([open])"));
  if (left) event.preventDefault();
});

// The table of a role's rights: ticks for whole rows and columns, and arrows that go from tick to tick.

const table = document.querySelector("[data-rights]");
const boxes = [...table.querySelectorAll("[data-kind]")];
const documents = boxes.filter((box) => box.closest("table"));
const every = [...table.querySelectorAll("[data-every-kind]")];

const meant = ({ dataset: { everyKind, everyRight } }) => documents.filter((box) =>
  (!everyKind || box.dataset.kind === everyKind) && (!everyRight || box.dataset.right === everyRight));
const show = () => every.forEach((one) => {
  const its = meant(one), ticked = its.filter((box) => box.checked).length;
  one.checked = ticked > 0 && ticked === its.length;
  one.indeterminate = ticked > 0 && ticked < its.length;
});
// Whoever may do something with documents has to see them: one tick less to think of. It may be taken away again.
const seen = (box) => {
  const view = boxes.find((other) => other.dataset.kind === box.dataset.kind && other.dataset.right === "view");
  if (box.checked && view) view.checked = true;
};

every.forEach((one) => {
  one.hidden = false;
  one.addEventListener("change", () => {
    const its = meant(one);
    its.forEach((box) => { box.checked = one.checked; });
    its.forEach(seen);
    show();
  });
});
boxes.forEach((box) => box.addEventListener("change", () => { seen(box); show(); }));
show();

const STEPS = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
table.addEventListener("keydown", (event) => {
  const step = STEPS[event.key], cell = event.target.closest("td");
  if (!step || !cell || event.target.type !== "checkbox") return;
  const row = cell.parentElement.parentElement.rows[cell.parentElement.sectionRowIndex + step[0]];
  const next = row?.cells[cell.cellIndex + step[1]]?.querySelector("input");
  event.preventDefault();
  next?.focus();
});

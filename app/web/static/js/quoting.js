// While an order is written: what its lines cost, why, and what of them is there.

const form = document.querySelector("[data-told-by]");
const total = form.querySelector("[data-told-total]");
const blank = form.querySelector("[data-told-template]").content;
const blankReason = form.querySelector("[data-reason]").content;
const PAUSE = 200;

const cellOf = (line) => line.querySelector("[data-told]");
const placeOf = (line) => /_(\d+)$/.exec(line.querySelector("[name]").name)[1];

const reason = ({ text, won }) => {
  const item = blankReason.cloneNode(true);
  item.querySelector(won ? "[data-lost]" : "[data-won]").remove();
  item.querySelector("[data-text]").textContent = text;
  item.querySelector("li").classList.toggle("quiet", !won);
  return item;
};
// What a line says is drawn anew only where it changed: a list that somebody reads stays open.
const tell = (cell, its) => {
  const said = JSON.stringify(its ?? {});
  if (cell.dataset.said === said) return;
  cell.dataset.said = said;
  cell.replaceChildren();
  if (!its || said === "{}") return;
  const fresh = blank.cloneNode(true);
  const price = fresh.querySelector("[data-price]");
  price.hidden = !its.price;
  price.querySelector("summary").textContent = its.price ?? "";
  price.querySelector("ul").append(...(its.why ?? []).map(reason));
  fresh.querySelector("[data-amount]").textContent = its.amount ?? "";
  const there = fresh.querySelector("[data-available]");
  there.textContent = its.available ?? "";
  there.classList.toggle("short", Boolean(its.short));
  cell.append(fresh);
};
const show = ({ lines, total: sum, refused }) => {
  form.querySelectorAll("[data-line]").forEach((line) => tell(cellOf(line), lines[placeOf(line)]));
  total.textContent = refused || sum;
  total.classList.toggle("refused", Boolean(refused));
};

let asking = null, wait = 0;
const ask = async () => {
  asking?.abort();
  const mine = asking = new AbortController();
  const answer = await fetch(form.dataset.toldBy, {
    method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, redirect: "manual",
    signal: mine.signal,
  }).then((its) => (its.ok ? its.json() : null)).catch(() => null);
  // What was asked before the last change says nothing any more; no answer says nothing either.
  if (mine !== asking) return;
  show(answer ?? { lines: {}, total: "", refused: "" });
};
const soon = (event) => {
  if (!event.target.name) return;
  clearTimeout(wait);
  wait = setTimeout(ask, PAUSE);
};
form.addEventListener("input", soon);
form.addEventListener("change", soon);
if ([...form.querySelectorAll("[data-line] select")].some((its) => its.value)) ask();

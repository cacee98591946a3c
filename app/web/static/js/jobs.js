// A job on its way: asks how far it is, and shows the whole page anew when it has ended or may not be asked about.

const job = document.querySelector("[data-job]");
const bar = job.querySelector("progress");
const said = job.querySelector("[data-job-done]");
const ended = job.dataset.ended.split(" ");
const number = new Intl.NumberFormat("en");
const SOON = 700, HIDDEN = 5_000, AILING = 5_000, AGAIN = 60_000;

let status = "";

const show = (state) => {
  if (state.total) { bar.max = state.total; bar.value = state.done; } else { bar.removeAttribute("value"); }
  if (state.done) said.textContent = number.format(state.done) + (state.total ? ` / ${number.format(state.total)}` : "");
};

// The page itself says why: that one is signed out, or that nothing is there. Where it says nothing it is not shown
// anew all the time.
const leave = () => {
  const anew = performance.getEntriesByType("navigation")[0]?.type === "reload";
  setTimeout(() => location.reload(), anew ? AGAIN : 0);
};

const ask = async () => {
  let wait = document.hidden ? HIDDEN : SOON;
  try {
    const answer = await fetch(job.dataset.job, { headers: { Accept: "application/json" }, redirect: "manual" });
    if (answer.type === "opaqueredirect" || [401, 403, 404].includes(answer.status)) { leave(); return; }
    if (!answer.ok) throw new Error(answer.statusText);
    const state = await answer.json();
    if (ended.includes(state.status) || (status && status !== state.status)) { location.reload(); return; }
    status = state.status;
    show(state);
  } catch { wait = AILING; }
  setTimeout(ask, wait);
};
ask();

// New orders: a card for each that waits for a seller, on whatever page one is, until somebody takes it. What failed or
// waits otherwise is only counted, in the bell.

const place = document.querySelector("[data-live]");
const template = document.querySelector("[data-live-card]");
const bell = document.querySelector("[data-bell]");
const sound = bell.querySelector("[data-live-sound]");
const title = document.title;
const MINUTE = 60_000, REMIND = 5 * MINUTE, VISIBLE = 500, HIDDEN = 4_000, AILING = 5_000, OUT = 15_000;
const PATIENT = 3;

// What this browser knows: put off until when, and which orders it was heard of. All its pages share it.
const kept = (name) => { try { return JSON.parse(localStorage.getItem(name)) || {}; } catch { return {}; } };
const keep = (name, value) => localStorage.setItem(name, JSON.stringify(value));

const few = matchMedia("(max-width: 991px)");
const most = () => (few.matches ? 1 : 2);

let seen = "", orders = [], more = false, left = [], drawn = "", silences = 0;

const since = (at) => {
  const minutes = Math.floor((Date.now() - Date.parse(at)) / MINUTE);
  if (minutes < 1) return place.dataset.now;
  return minutes < 120 ? place.dataset.minutes.replace("{n}", minutes) : place.dataset.hours.replace("{n}", Math.floor(minutes / 60));
};

const card = (order) => {
  const its = template.content.cloneNode(true).firstElementChild;
  const who = its.querySelector("[data-who]");
  [who.textContent, who.href] = [order.who, order.url];
  its.querySelector("[data-much]").textContent = order.much;
  its.querySelector("[data-whence]").textContent = order.whence;
  its.querySelector("[data-since]").textContent = since(order.at);
  const form = its.querySelector("form");
  form.action = order.take;
  // What is half written here stays: the order opens beside it.
  its.addEventListener("click", () => {
    form.target = who.target = document.querySelector("form[data-changed]") ? "_blank" : "";
  });
  its.querySelector("[data-later]").addEventListener("click", () => {
    keep("live-later", { ...kept("live-later"), [order.id]: Date.now() + REMIND });
    draw();
  });
  its.dataset.order = order.id;
  return its;
};

const link = (its) => {
  const made = document.createElement("a");
  [made.className, made.href, made.textContent] = ["item", its.url, its.text];
  return made;
};

// What waited long before one came, and what lay there for a minute, is in the bell and reminds in its turn: a card that
// nobody answers covers no page for good. One that somebody is at stays.
const putOff = () => {
  const later = kept("live-later"), heard = kept("live-heard"), now = Date.now();
  const lay = (id) => now - heard[id] > MINUTE && !(later[id] > heard[id]) && !place.matches(":hover, :focus-within");
  const old = orders.filter(({ id, at }) => (heard[id] ? lay(id) : !later[id] && now - Date.parse(at) > REMIND));
  if (old.length) keep("live-later", { ...later, ...Object.fromEntries(old.map((order) => [order.id, now + REMIND])) });
};

// Redrawn only where something differs, so that nobody loses the button they are about to press.
const draw = () => {
  putOff();
  const later = kept("live-later");
  const shown = orders.filter((order) => !(later[order.id] > Date.now()));
  const text = JSON.stringify([orders, left, shown.map((order) => order.id), orders.map((order) => since(order.at))]);
  if (text === drawn) return;
  drawn = text;
  const were = new Set([...place.children].map((its) => its.dataset.order));
  const at = place.contains(document.activeElement) ? document.activeElement : null;
  const [order, which] = [at?.closest("[data-order]")?.dataset.order, at?.type || "link"];
  place.replaceChildren(...shown.slice(0, most()).map(card));
  // On the next page it is there already: only what nobody here was told of slides in.
  const heard = kept("live-heard");
  const comes = (id) => !were.has(id) && (!heard[id] || later[id] > heard[id]) && !document.hidden;
  [...place.children].forEach((its) => its.classList.toggle("comes", comes(its.dataset.order)));
  if (shown.length > most()) {
    const rest = document.createElement("button");
    [rest.type, rest.className] = ["button", "btn btn-sm sb-rest"];
    rest.textContent = place.dataset.others.replace("{n}", `${shown.length - most()}${more ? "+" : ""}`);
    rest.addEventListener("click", (event) => {
      // What is open closes by a click elsewhere, and this one is elsewhere.
      event.stopPropagation();
      bell.open = true;
      bell.querySelector("summary").focus();
    });
    place.append(rest);
  }
  if (at) place.querySelector(`[data-order="${order}"] ${which === "link" ? "a" : `[type=${which}]`}`)?.focus();
  bell.querySelector("[data-live-list]").replaceChildren(...orders.map((order) => {
    const its = card(order);
    its.querySelector("[data-later]").remove();
    return its;
  }));
  bell.querySelector("[data-live-left]").replaceChildren(...left.map(link));
  bell.querySelector("[data-live-none]").hidden = orders.length > 0;
  const count = bell.querySelector("[data-live-count]"), plus = more ? "+" : "";
  const all = left.reduce((sum, its) => sum + its.count, orders.length);
  [count.textContent, count.hidden] = [`${all}${plus}`, all === 0];
  document.title = orders.length ? `(${orders.length}${plus}) ${title}` : title;
  ring(shown);
};

// Two soft tones, once for each new order in this browser, and again when it was put off and still waits.
const ring = (shown) => {
  const heard = kept("live-heard"), later = kept("live-later");
  const fresh = shown.filter((order) => !heard[order.id] || (later[order.id] || 0) > heard[order.id]);
  if (fresh.length && sound.checked) {
    const audio = new AudioContext();
    [660, 880].forEach((pitch, turn) => {
      const [tone, volume] = [audio.createOscillator(), audio.createGain()];
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.08, audio.currentTime + turn * 0.18);
      volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + turn * 0.18 + 0.5);
      tone.connect(volume).connect(audio.destination);
      tone.start(audio.currentTime + turn * 0.18);
      tone.stop(audio.currentTime + turn * 0.18 + 0.5);
    });
    setTimeout(() => audio.close(), 1_500);
  }
  const waiting = new Set(orders.map((order) => String(order.id)));
  const still = (them) => Object.fromEntries(Object.entries(them).filter(([id]) => waiting.has(id)));
  keep("live-heard", { ...still(heard), ...Object.fromEntries(fresh.map((order) => [order.id, Date.now()])) });
  keep("live-later", still(later));
};

// Nothing is heard here any more: that is said once, in the place of the cards, until something is heard again.
const say = (name) => {
  if (drawn === name) return;
  [seen, drawn] = ["", name];
  place.replaceChildren(document.querySelector(`[data-live-${name}]`).content.cloneNode(true));
};

// Who signed in again goes on with what is half written here; another person does not, under their name.
const renew = (who, token) => {
  if (drawn !== "out" || String(who) !== place.dataset.who) return;
  [document, template.content].forEach((part) => part.querySelectorAll("[name=csrf_token]").forEach((field) => { field.value = token; }));
};

let asking = false;
const ask = async () => {
  if (asking) return;
  asking = true;
  let pause = document.hidden ? HIDDEN : VISIBLE;
  try {
    const answer = await fetch(`${place.dataset.live}?seen=${seen}`, { redirect: "manual" });
    const out = answer.type === "opaqueredirect" || answer.status === 401;
    if (!out && answer.status !== 204 && !answer.ok) throw new Error(answer.statusText);
    if (answer.status === 200) {
      const told = await answer.json();
      ({ word: seen, orders, more, left } = told);
      renew(told.who, told.token);
    }
    silences = 0;
    document.documentElement.toggleAttribute("data-out", out);
    if (out) { pause = OUT; say("out"); } else draw();
  } catch {
    pause = AILING;
    silences += 1;
    if (silences >= PATIENT) say("silent");
  }
  asking = false;
  timer = setTimeout(ask, pause);
};
let timer = setTimeout(ask, 0);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) { clearTimeout(timer); timer = setTimeout(ask, 0); }
});

sound.checked = localStorage.getItem("live-sound") === "on";
sound.addEventListener("change", () => localStorage.setItem("live-sound", sound.checked ? "on" : "off"));

// Who hears no news is told here that they are signed out. Nothing is asked again and again: only when the session is to
// end, when one comes back to the page or writes on it after a while, and when something else got no answer.

const place = document.querySelector("[data-session]");
const REST = 60_000;

let asked = Date.now(), asking = false, out = false;

// Who signed in again goes on with what is half written here; another person does not, under their name.
const renew = (token) => document.querySelectorAll("[name=csrf_token]").forEach((field) => { field.value = token; });

const say = (now) => {
  out = now;
  document.documentElement.toggleAttribute("data-out", now);
  place.replaceChildren(...(now ? [document.querySelector("[data-live-out]").content.cloneNode(true)] : []));
};

const ask = async () => {
  if (asking) return;
  [asking, asked] = [true, Date.now()];
  try {
    const answer = await fetch(place.dataset.session, { redirect: "manual" });
    const gone = answer.type === "opaqueredirect" || answer.status === 401;
    if (gone && !out) say(true);
    if (!gone && answer.ok && out) {
      const told = await answer.json();
      if (String(told.who) === place.dataset.who) { renew(told.token); say(false); }
    }
  } catch {
    // There is no answer: that says nothing about the session.
  }
  asking = false;
};

const look = () => { if (!document.hidden && (out || Date.now() - asked > REST)) ask(); };
document.addEventListener("visibilitychange", look);
window.addEventListener("focus", look);
document.addEventListener("input", () => { if (!out) look(); });
document.addEventListener("signed-out", ask);
setTimeout(ask, 1_000 * (Number(place.dataset.left) + 1));

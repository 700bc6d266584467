// Who else is at this case now. A person's own hand on the page says that they are here, at most every 20 seconds; a
// page that only stands open says nothing of them. No key, word or place goes along.
(() => {
  "use strict";
  const doc = document, EVERY = 20000;
  if (!window.fetch || !window.DOMParser || !window.URLSearchParams) return;
  let part, told, over;

  const left = (from) => Date.now() + from.dataset.left * 1000;
  // The line on the page as it stands now: another page may have taken this one's place, and was noted when it was drawn.
  const line = () => {
    const found = doc.querySelector("[data-others]");
    if (found && found !== part) { told = Date.now(); over = left(found); }
    part = found;
    return part;
  };
  const draw = (at, html) => {
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("[data-others]");
    const text = fresh ? fresh.textContent : "";
    if (fresh && at === part) over = left(fresh);
    // The same line is not read out twice.
    if (at.textContent !== text) at.textContent = text;
  };
  // `again` only looks, and the header says so: the person did nothing.
  const ask = (at, again) => fetch(at.dataset.others, {
    method: "POST", body: new URLSearchParams({ csrf: at.dataset.csrf }), credentials: "same-origin",
    headers: again ? { "X-Refresh": "1" } : {},
  }).then((res) => res.ok ? res.text() : "").catch(() => "").then((html) => draw(at, html));

  const mine = (e) => {
    if (!e.isTrusted || (e.type === "pointermove" && !e.movementX && !e.movementY)) return;
    if (!line() || Date.now() - told < EVERY) return;
    told = Date.now();
    ask(part, false);
  };
  ["input", "keydown", "pointerdown", "pointermove", "wheel"].forEach((name) => doc.addEventListener(name, mine, { passive: true }));
  addEventListener("focus", mine);

  // Whoever does nothing more is gone from the line, also where the reader does nothing themself.
  setInterval(() => {
    if (!line() || !part.textContent || Date.now() < over) return;
    over = Date.now() + EVERY;
    ask(part, true);
  }, 1000);
  line();
})();

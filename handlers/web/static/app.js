// What the platform gives and a page without it does not need: every form and link here also works when this never runs.
(() => {
  "use strict";
  const doc = document, root = doc.documentElement;
  const all = (sel, at) => Array.from((at || doc).querySelectorAll(sel));
  if (!window.fetch || !window.DOMParser || !window.URLSearchParams) return;
  root.classList.add("js");

  // Leave at once: the button, or Escape three times within two seconds. The address takes this page's place in the history.
  let taps = [];
  const leave = (url) => { doc.body.hidden = true; doc.title = "\u200b"; location.replace(url); };
  doc.addEventListener("keydown", (e) => {
    const exit = doc.querySelector("[data-exit]");
    if (e.key !== "Escape" || !exit) return;
    taps = taps.concat(Date.now()).filter((at) => Date.now() - at < 2000);
    if (taps.length > 2) leave(exit.href);
  });
  // A page kept in memory by the browser is not shown again as it was.
  addEventListener("pageshow", (e) => { if (e.persisted) location.reload(); });

  // A new page in place of this one: only what changes is exchanged, and the new heading is read out.
  const show = (html, url) => {
    const next = new DOMParser().parseFromString(html, "text/html");
    const from = next.querySelector("main"), to = doc.querySelector("main");
    if (!from || !to || next.documentElement.lang !== root.lang || next.body.className !== doc.body.className) {
      location.assign(url); return;
    }
    to.replaceWith(doc.importNode(from, true));
    all("[data-swap]").forEach((old) => {
      const fresh = next.getElementById(old.id);
      if (fresh) old.replaceWith(doc.importNode(fresh, true));
    });
    doc.title = next.title;
    if (location.href !== url) history.replaceState(null, "", url);
    const focus = doc.querySelector("main [data-focus]") || doc.querySelector("main h1");
    if (focus) {
      focus.setAttribute("tabindex", "-1");
      focus.focus({ preventScroll: true });
      (focus.closest("[data-here]") || focus).scrollIntoView({ block: "start" });
    }
    start();
  };

  // A form goes without a reload. When the line drops, what was typed stays, is said to be unsent, and is tried again:
  // the form's input id makes a repeat harmless.
  const send = (form, fields, tries) => {
    const say = form.querySelector(".unsent");
    const again = () => {
      form.removeAttribute("aria-busy");
      if (say) say.hidden = false;
      if (tries < 8) form.retry = setTimeout(() => send(form, fields, tries + 1), Math.min(30000, 2000 * 2 ** tries));
    };
    clearTimeout(form.retry);
    form.setAttribute("aria-busy", "true");
    const stop = window.AbortController && new AbortController();
    const late = setTimeout(() => stop && stop.abort(), 20000);
    fetch(form.getAttribute("action") || location.pathname, {
      method: "POST", body: fields, credentials: "same-origin", signal: stop ? stop.signal : undefined,
    }).then((res) => res.text().then((html) => {
      if (!form.isConnected) return;
      if (res.status > 501) { again(); return; }
      if (form.closest("[data-idle]")) {
        // Only time was asked for: what stands on the page, and is being typed, stays.
        form.removeAttribute("aria-busy");
        if (res.ok) watch(); else location.replace(location.pathname);
        return;
      }
      const refused = !res.ok && new DOMParser().parseFromString(html, "text/html").querySelector("main");
      if (refused && say && !refused.querySelector("form[data-send]")) {
        // The page that says why has no form, so it does not take this one's place: the words stay.
        form.removeAttribute("aria-busy");
        say.textContent = refused.innerText.trim();
        say.hidden = false;
      } else {
        // Words for others stay.
        const typed = all("[data-keeps] textarea").filter((a) => a.form !== form && a.value !== a.defaultValue);
        show(html, res.url);
        typed.forEach((a) => { const box = doc.getElementById(a.id); if (box && !box.value) box.value = a.value; });
      }
    })).catch(() => { if (form.isConnected) again(); }).then(() => clearTimeout(late));
  };
  doc.addEventListener("click", (e) => {
    const exit = e.target.closest && e.target.closest("[data-exit]");
    if (exit) { e.preventDefault(); leave(exit.href); return; }
    // A text that is offered goes into its box, behind what was typed there.
    const fill = e.target.closest && e.target.closest("[data-fill]"), box = fill && doc.getElementById(fill.dataset.fill);
    if (box) {
      e.preventDefault();
      box.value = (box.value.trim() ? box.value.trimEnd() + "\n\n" : "") + fill.dataset.text;
      box.focus();
      return;
    }
    const button = e.target.closest && e.target.closest("button");
    if (button && button.form) button.form.pressed = button;
  });
  doc.addEventListener("submit", (e) => {
    const form = e.target;
    const button = e.submitter || form.pressed;
    if (!form.hasAttribute("data-send") || (button && button.hasAttribute("data-whole"))) return;
    e.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    const fields = new URLSearchParams();
    new FormData(form).forEach((value, name) => fields.append(name, String(value)));
    if (button && button.name) fields.append(button.name, button.value);
    send(form, fields, 0);
  });
  addEventListener("online", () => all("form[data-send]").forEach((form) => {
    const say = form.querySelector(".unsent");
    if (say && !say.hidden) form.requestSubmit ? form.requestSubmit(form.pressed && form.contains(form.pressed) ? form.pressed : undefined) : 0;
  }));

  // Live parts: an event says that something changed; the part is fetched anew unless someone is working in it.
  let source;
  const listen = () => {
    const part = doc.querySelector("[data-live]");
    if (source && (!part || source.at !== part.dataset.live)) { source.close(); source = null; }
    if (!part || source || !window.EventSource) return;
    source = new EventSource(part.dataset.live);
    source.at = part.dataset.live;
    source.onmessage = () => fetch(location.href, { credentials: "same-origin", headers: { "X-Refresh": "1" } }).then((res) => res.ok ? res.text() : "").then((html) => {
      if (!html) return;
      const next = new DOMParser().parseFromString(html, "text/html");
      all("[data-live]").forEach((old) => {
        const fresh = next.getElementById(old.id);
        if (fresh && !old.contains(doc.activeElement)) old.innerHTML = fresh.innerHTML;
      });
      tick();
    }).catch(() => {});
  };

  // Time left or gone by: hours and minutes, a minus sign once none is left. The page brings the server's clock.
  let ahead = 0;
  const tick = () => all("time[data-left], time[data-since]").forEach((el) => {
    const away = Date.parse(el.dateTime) - Date.now() - ahead;
    const left = Math.floor(("since" in el.dataset ? -away : away) / 60000), size = Math.abs(left);
    el.textContent = (left < 0 ? "\u2212" : "") + Math.floor(size / 60) + ":" + String(size % 60).padStart(2, "0");
    el.classList.toggle("late", left < 0);
  });

  // Before the idle minutes end, the page says so; when they are over, what stands on it goes. Typing is no idling.
  let idle, told;
  const watch = () => {
    clearTimeout(idle);
    told = Date.now();
    const warn = doc.querySelector("[data-idle]");
    if (!warn) return;
    warn.hidden = true;
    idle = setTimeout(() => {
      warn.hidden = false;
      idle = setTimeout(() => location.replace(location.pathname), warn.dataset.end * 1000);
    }, warn.dataset.idle * 1000);
  };
  doc.addEventListener("input", () => {
    const form = doc.querySelector("[data-idle] form");
    if (!form || Date.now() - told < 600000) return;
    told = Date.now();
    const fields = new URLSearchParams(new FormData(form));
    fields.append("act", "extend");
    send(form, fields, 0);
  });
  const start = () => {
    const now = doc.body.dataset.now;
    if (now && !ahead) ahead = Date.parse(now) - Date.now();
    all("[data-js]").forEach((el) => { el.hidden = false; });
    listen(); tick(); watch();
  };
  setInterval(tick, 20000);
  start();
})();

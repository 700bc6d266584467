// A reply can be undone until it goes out. A page that stands open then says so, and offers it no longer.
(() => {
  "use strict";
  const until = new WeakMap();
  setInterval(() => document.querySelectorAll("[data-undo-left]").forEach((box) => {
    if (!until.has(box)) until.set(box, Date.now() + box.dataset.undoLeft * 1000);
    if (Date.now() < until.get(box)) return;
    box.removeAttribute("data-undo-left");
    box.querySelector("p").textContent = box.dataset.gone;
    box.querySelectorAll("form").forEach((form) => form.remove());
  }), 1000);
})();

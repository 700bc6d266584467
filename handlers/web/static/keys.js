// Keys of the desk. Arrows go from line to line of a list that has the focus; Ctrl and Enter send what is being written.
(() => {
  "use strict";
  const lists = ".queue, .plain-list, .roster";
  document.addEventListener("keydown", (event) => {
    const at = event.target;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && at.matches("textarea") && at.form) {
      event.preventDefault();
      at.form.requestSubmit();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const list = step && !event.altKey && !event.ctrlKey && at.matches("a") && at.closest(lists);
    if (!list) return;
    const links = Array.from(list.querySelectorAll("li a"));
    const next = links[links.indexOf(at) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
})();

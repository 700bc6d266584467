// Keys of the desk. Arrows go from line to line of a list that has the focus, down into the queue from nowhere; Ctrl and Enter send what is being written.
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
    if (step === 1 && at === document.body && !event.altKey && !event.ctrlKey) {
      const first = document.querySelector(".queue li a");
      if (first) {
        event.preventDefault();
        first.focus();
      }
      return;
    }
    const list = step && !event.altKey && !event.ctrlKey && at.matches("a") && at.closest(lists);
    if (!list) return;
    const links = Array.from(list.querySelectorAll("li a"));
    const next = links[links.indexOf(at) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
})();

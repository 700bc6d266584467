// Words that were typed at the desk and not sent are not lost to another button or a link: the browser asks before.
(() => {
  "use strict";
  let sent = null;
  document.addEventListener("submit", (event) => {
    sent = event.target;
  });
  window.addEventListener("beforeunload", (event) => {
    const left = Array.from(document.querySelectorAll("textarea")).some(
      (area) => area.form !== sent && area.value.trim() && area.value !== area.defaultValue,
    );
    sent = null;
    if (left) event.preventDefault();
  });
})();

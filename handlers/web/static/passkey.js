// Passkeys: the one thing of the console that needs a script. Without it, or on a bare address, nothing is shown.
(() => {
  "use strict";
  const boxes = document.querySelectorAll("[data-passkey]");
  if (!window.PublicKeyCredential || !navigator.credentials || /^[\d.]+$|:/.test(location.hostname)) return;

  const read = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const written = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const answer = (made) => {
    const said = made.response, content = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (said[name]) content[name] = written(said[name]);
    }
    return JSON.stringify({
      id: made.id, rawId: written(made.rawId), type: made.type, response: content,
      authenticatorAttachment: made.authenticatorAttachment, clientExtensionResults: {},
    });
  };

  const ask = async (box, form) => {
    const got = await fetch(box.dataset.options, {
      method: "POST", body: new URLSearchParams(new FormData(form)), credentials: "same-origin",
    });
    const options = await got.json();
    if (!got.ok) throw new Error(options.said);
    options.challenge = read(options.challenge);
    if (options.user) options.user.id = read(options.user.id);
    for (const list of [options.excludeCredentials, options.allowCredentials]) {
      (list || []).forEach((each) => { each.id = read(each.id); });
    }
    const made = await navigator.credentials[box.dataset.passkey]({ publicKey: options });
    form.elements.credential.value = answer(made);
  };

  boxes.forEach((box) => {
    const form = box.querySelector("form"), wrong = box.querySelector(".passkey-wrong");
    box.hidden = false;
    form.addEventListener("submit", (event) => {
      if (form.elements.credential.value) return;
      event.preventDefault();
      wrong.hidden = true;
      // Whatever the device or the line says, the person can try again, or come in by password and code.
      ask(box, form).then(() => form.submit(), () => { wrong.hidden = false; wrong.focus(); });
    });
  });
})();

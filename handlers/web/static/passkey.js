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

  const post = async (path, fields) => {
    const got = await fetch(path, { method: "POST", body: new URLSearchParams(fields), credentials: "same-origin" });
    const said = await got.json();
    if (!got.ok) throw new Error(said.said);
    return said;
  };

  const ask = async (way, path, form) => {
    const options = await post(path, new FormData(form));
    options.challenge = read(options.challenge);
    if (options.user) options.user.id = read(options.user.id);
    for (const list of [options.excludeCredentials, options.allowCredentials]) {
      (list || []).forEach((each) => { each.id = read(each.id); });
    }
    return answer(await navigator.credentials[way]({ publicKey: options }));
  };

  // A fresh factor on the form that needs one: what was typed stays, and the forms of the page get their new mark.
  document.querySelectorAll("[data-fresh]").forEach((box) => {
    const form = box.closest("form"), says = box.querySelector("[role=status]");
    box.hidden = false;
    box.querySelector("button").addEventListener("click", async () => {
      try {
        const credential = await ask("get", `${box.dataset.fresh}/options`, form);
        const { csrf } = await post(`${box.dataset.fresh}/passkey`, { csrf: form.elements.csrf.value, credential });
        document.querySelectorAll("input[name=csrf]").forEach((each) => { each.value = csrf; });
        says.textContent = says.dataset.done;
      } catch { says.textContent = says.dataset.wrong; }
    });
  });

  boxes.forEach((box) => {
    const form = box.querySelector("form"), wrong = box.querySelector(".passkey-wrong");
    box.hidden = false;
    form.addEventListener("submit", (event) => {
      if (form.elements.credential.value) return;
      event.preventDefault();
      wrong.hidden = true;
      // Whatever the device or the line says, the person can try again, or come in by password and code.
      ask(box.dataset.passkey, box.dataset.options, form).then(
        (said) => { form.elements.credential.value = said; form.submit(); },
        () => { wrong.hidden = false; wrong.focus(); },
      );
    });
  });
})();

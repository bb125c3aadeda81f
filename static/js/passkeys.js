/* Passkeys: what the server asks for (`passkey-options`, or fetched to sign in) and what the device answers (WebAuthn). */
(() => {
  "use strict";

  const BINARY = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];

  function toBytes(text) {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (character) => character.charCodeAt(0));
  }

  function toText(buffer) {
    const plain = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function decoded(options) {
    const publicKey = { ...options.publicKey, challenge: toBytes(options.publicKey.challenge) };
    for (const name of ["excludeCredentials", "allowCredentials"]) {
      publicKey[name] = (publicKey[name] || []).map((known) => ({ ...known, id: toBytes(known.id) }));
    }
    if (publicKey.user) {
      publicKey.user = { ...publicKey.user, id: toBytes(publicKey.user.id) };
    }
    return publicKey;
  }

  function encoded(credential) {
    const response = {};
    for (const name of BINARY) {
      if (credential.response[name]) {
        response[name] = toText(credential.response[name]);
      }
    }
    return JSON.stringify({
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      response,
      authenticatorAttachment: credential.authenticatorAttachment,
      clientExtensionResults: credential.getClientExtensionResults(),
    });
  }

  function given() {
    return JSON.parse(document.getElementById("passkey-options").textContent);
  }

  async function make(form) {
    const publicKey = decoded(given().creation_options);
    const alone = form.elements.passwordless.checked;
    publicKey.authenticatorSelection = {
      ...publicKey.authenticatorSelection,
      residentKey: alone ? "required" : "discouraged",
      requireResidentKey: alone,
      ...(alone ? { userVerification: "required" } : {}),
    };
    return navigator.credentials.create({ publicKey });
  }

  async function use() {
    return navigator.credentials.get({ publicKey: decoded(given().request_options) });
  }

  async function signIn(form) {
    const answer = await fetch(form.action, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (!answer.ok) {
      throw new DOMException("", answer.status === 429 ? "TooManyRequests" : "NetworkError");
    }
    return navigator.credentials.get({ publicKey: decoded((await answer.json()).request_options) });
  }

  function wordsFor(error) {
    return (
      {
        NotAllowedError: "That was cancelled, it took too long, or there is no passkey for this site on this device.",
        InvalidStateError: "This device has a passkey for your account already.",
        SecurityError: "Passkeys do not work under this address. Open the console by its public name.",
        NotSupportedError: "This device cannot make such a passkey.",
        TooManyRequests: "Too many attempts. Wait a minute, then try again.",
      }[error.name] || "That did not work. Check your connection and try again."
    );
  }

  const ways = { make, use, "sign-in": signIn };

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const way = ways[form.dataset.passkey];
    if (!way) {
      return;
    }
    event.preventDefault();
    const button = form.querySelector("button[type=submit]");
    const complaint = form.querySelector("[data-passkey-error]");
    button.disabled = true;
    complaint.hidden = true;
    try {
      form.elements.credential.value = encoded(await way(form));
      form.submit();
    } catch (error) {
      complaint.textContent = wordsFor(error);
      complaint.hidden = false;
    } finally {
      button.disabled = false;
    }
  });
})();

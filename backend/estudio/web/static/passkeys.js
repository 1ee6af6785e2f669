// Passkeys: a button asks the server for a challenge, the device for an answer, and sends the answer with its form.
// Without JavaScript, or where the browser keeps no passkeys, the buttons stay hidden and the password does.

const toBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const described = (list) => (list ?? []).map((one) => ({ ...one, id: toBytes(one.id) }));

function readOptions(options) {
  const read = { ...options, challenge: toBytes(options.challenge) };
  if (options.user) read.user = { ...options.user, id: toBytes(options.user.id) };
  if (options.excludeCredentials) read.excludeCredentials = described(options.excludeCredentials);
  if (options.allowCredentials) read.allowCredentials = described(options.allowCredentials);
  return read;
}

function writeAnswer(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = toText(credential.response[name]);
  }
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    response,
  });
}

async function ask(button) {
  const form = button.form;
  if (button.dataset.chave === "create" && !form.reportValidity()) return;
  const answer = await fetch(button.dataset.desafio, {
    method: "POST",
    body: new URLSearchParams({ csrf_token: form.elements.csrf_token.value }),
  });
  if (answer.status === 403 && button.dataset.prova) {
    location.assign(button.dataset.prova);
    return;
  }
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const publicKey = readOptions(await answer.json());
  const credential = await navigator.credentials[button.dataset.chave]({ publicKey });
  form.elements[button.dataset.campo].value = writeAnswer(credential);
  // Not requestSubmit: the password beside it need not be filled in.
  form.submit();
}

async function press(button) {
  const said = document.getElementById(button.dataset.falhou);
  said.hidden = true;
  button.disabled = true;
  try {
    await ask(button);
  } catch {
    // Whoever turned it down, or has none, may try again or type the password.
    said.hidden = false;
  } finally {
    button.disabled = false;
  }
}

if (window.PublicKeyCredential && navigator.credentials) {
  for (const button of document.querySelectorAll("button[data-chave]")) {
    button.hidden = false;
    button.addEventListener("click", () => press(button));
  }
  for (const excuse of document.querySelectorAll("[data-sem-chave]")) excuse.hidden = true;
}

// The way back from another site goes on by itself; its button is for where this does not run.
document.querySelector("form[data-segue]")?.submit();

// Sends forms that are one deed (they carry a `chave`). A connection that is lost loses nothing of what was typed, and
// what is sent again with the same key is done once. Without this script the browser sends them itself.

const ESPERA = 30000;
const indo = new WeakSet();
const corpo = document.body.dataset;

document.addEventListener("submit", (event) => {
  const form = event.target;
  const nossa = form.method === "post" && form.elements.namedItem("chave") && form.enctype !== "multipart/form-data";
  if (event.defaultPrevented || !nossa || form.matches("[data-aperto]")) return; // Those are ordem.js's.
  event.preventDefault();
  if (!indo.has(form)) enviar(form, event.submitter);
});

async function enviar(form, botao) {
  indo.add(form);
  form.setAttribute("aria-busy", "true");
  document.querySelector(".queda")?.remove();
  contar("enviando", form);
  let seguiu = false;
  try {
    const dados = new URLSearchParams(new FormData(form, botao));
    let resposta = await pedir(form.action, { method: "POST", body: dados });
    if (resposta.status === 403) resposta = (await renovar(form, dados)) ?? resposta;
    seguiu = await seguir(form, botao, resposta);
  } catch (falha) {
    // No answer came: whether it was saved or not, sending it again is safe.
    if (!(falha instanceof TypeError) && falha.name !== "TimeoutError") throw falha;
    avisar(form, botao);
  } finally {
    // Where another page is on its way, a second press would only meet it.
    if (!seguiu) {
      indo.delete(form);
      form.removeAttribute("aria-busy");
    }
  }
}

function pedir(endereco, opcoes) {
  return fetch(endereco, { ...opcoes, headers: { "X-Envio": "1" }, signal: AbortSignal.timeout(ESPERA) });
}

// The key of the forms is renewed when somebody logs in again. It is asked for once more, and by the same person only.
async function renovar(form, dados) {
  const resposta = await pedir(location.href, {});
  if (resposta.headers.has("X-Destino")) return resposta;
  const pagina = ler(await resposta.text());
  const sinal = pagina.querySelector("[name=csrf_token]")?.value;
  if (!sinal || pagina.body.dataset.pessoa !== corpo.pessoa || sinal === dados.get("csrf_token")) return null;
  dados.set("csrf_token", sinal);
  document.querySelectorAll("[name=csrf_token]").forEach((campo) => { campo.value = sinal; });
  return pedir(form.action, { method: "POST", body: dados });
}

// Goes where the answer says: on to what was made, to the door and back here, or to what is wrong. True: away from here.
async function seguir(form, botao, resposta) {
  const destino = resposta.headers.get("X-Destino");
  if (destino !== null) {
    const porta = new URL(corpo.entrar, location.href);
    const saiu = new URL(destino, location.href).pathname === porta.pathname;
    if (saiu) porta.searchParams.set("volta", location.pathname + location.search);
    else contar("gravado", form);
    location.assign(saiu ? porta : destino);
    return true;
  }
  const pagina = ler(await resposta.text());
  const nova = pagina.querySelector("main#conteudo");
  if (resposta.status >= 500 || !nova) {
    avisar(form, botao, pagina.querySelector("[data-mensagem]")?.textContent);
    return false;
  }
  // A question with a script of its own (a passkey) is a page of its own: nothing was done yet, and the browser asks.
  if (nova.querySelector("[data-inteira]")) return form.submit() ?? true;
  document.title = pagina.title;
  document.querySelector("main").replaceWith(nova);
  (nova.querySelector("[autofocus]") ?? nova).focus();
  contar("recusado", form);
  return false;
}

function avisar(form, botao, mensagem) {
  const aviso = document.querySelector("#molde-queda").content.firstElementChild.cloneNode(true);
  if (mensagem) aviso.querySelector("p").textContent = mensagem;
  aviso.querySelector("button").addEventListener("click", () => form.requestSubmit(botao));
  document.querySelector("main").prepend(aviso);
  aviso.focus();
}

const ler = (texto) => new DOMParser().parseFromString(texto, "text/html");

function contar(oque, form) {
  document.dispatchEvent(new CustomEvent(`estudio:${oque}`, { detail: form }));
}

// Keeps a page that stays open as things are: asks every second or two whether anything is new, and then looks at the
// page once more and takes over the regions that differ (`data-vivo`, which holds the name that is said aloud). Focus
// and scroll stay where they are; where somebody is typing or sending, nothing moves. It asks only while it is seen.

const PASSO = 1200;
const MAIOR_ESPERA = 60000;
const regioes = () => [...document.querySelectorAll("main [data-vivo]")];
// A page that was made with a mark changes; one of a closed month does not, and has none.
const aberta = () => document.body.dataset.marca && regioes().length > 0;
let marca = null;
let falhas = 0;
let relogio = null;

async function olhar(endereco) {
  return fetch(endereco, { headers: { "X-Olhada": "1", "X-Envio": "1" }, signal: AbortSignal.timeout(10000) });
}

async function perguntar() {
  try {
    const resposta = await olhar(document.body.dataset.novidades);
    // Somebody who is no longer logged in is sent to the door: that is for a person to follow.
    if (resposta.headers.has("X-Destino")) return;
    if (!resposta.ok) throw new TypeError(String(resposta.status));
    const nova = (await resposta.json()).marca;
    // What came between the page and the first question is seen by comparing with the mark that the page was made with.
    marca ??= document.body.dataset.marca;
    if (nova === marca || (await trocar())) marca = nova;
    falhas = 0;
  } catch {
    falhas += 1;
  }
  marcarHora();
}

function marcarHora() {
  clearTimeout(relogio);
  if (document.hidden || !navigator.onLine || !aberta()) return;
  relogio = setTimeout(perguntar, Math.min(PASSO * 2 ** falhas, MAIOR_ESPERA));
}

// False: somebody is in the middle of something, and it is tried again.
async function trocar() {
  if (ocupada()) return false;
  const resposta = await olhar(location.href);
  if (resposta.status !== 200) throw new TypeError(String(resposta.status));
  const pagina = new DOMParser().parseFromString(await resposta.text(), "text/html");
  if (ocupada()) return false;
  const diferentes = regioes().filter((regiao) => {
    const nova = pagina.getElementById(regiao.id);
    return nova && resumir(nova) !== resumir(regiao);
  });
  const ancora = achar((linha) => linha.getBoundingClientRect().top >= 0);
  const foco = document.activeElement?.closest("main [data-vivo]") ? identificar(document.activeElement) : null;
  const antes = ancora?.getBoundingClientRect().top;
  const conhecidas = new Set([...document.querySelectorAll("[data-linha]")].map((linha) => linha.dataset.linha));
  for (const regiao of diferentes) regiao.replaceWith(pagina.getElementById(regiao.id));
  for (const linha of document.querySelectorAll("[data-linha]")) {
    linha.classList.toggle("nova", !conhecidas.has(linha.dataset.linha));
  }
  const depois = ancora && achar((linha) => linha.dataset.linha === ancora.dataset.linha);
  if (depois) scrollBy({ top: depois.getBoundingClientRect().top - antes, behavior: "instant" });
  if (foco) [...document.querySelectorAll("main :is(a, button)")].find((e) => identificar(e) === foco)?.focus({ preventScroll: true });
  if (diferentes.length) dizer(diferentes);
  return true;
}

function ocupada() {
  const onde = document.activeElement?.closest("main [data-vivo]");
  return document.querySelector("[aria-busy=true]") !== null || (onde && document.activeElement.matches("input, select, textarea"));
}

function achar(condicao) {
  return [...document.querySelectorAll("main [data-linha]")].find(condicao);
}

// The keys of forms are new on every look, and are no news.
function resumir(regiao) {
  const copia = regiao.cloneNode(true);
  copia.querySelectorAll("[name=chave], [name=csrf_token]").forEach((campo) => campo.remove());
  copia.querySelectorAll(".nova").forEach((linha) => linha.classList.remove("nova"));
  return copia.innerHTML.replaceAll(' class=""', "");
}

function identificar(elemento) {
  return elemento.href ?? `${elemento.form?.action} ${elemento.closest("[data-linha]")?.dataset.linha} ${elemento.textContent}`;
}

function dizer(diferentes) {
  const voz = document.querySelector("#vivo-diz");
  voz.textContent = voz.dataset.diz + diferentes.map((regiao) => regiao.dataset.vivo).join(", ");
}

document.addEventListener("visibilitychange", () => (document.hidden || !aberta() ? clearTimeout(relogio) : perguntar()));
addEventListener("online", () => aberta() && perguntar());
if (aberta()) marcarHora();

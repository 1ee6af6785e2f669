// Tells the comissão, and what the studio keeps, while a payment is being typed. The studio's computer calculates it,
// as it will when the payment is registered: here is only the question, and the last one asked is the one answered.

const PAUSA = 150;
const CAMPOS = ["valor", "percentual", "artista_id"];
const esperando = new WeakMap();

function achar(alvo) {
  return alvo?.form?.querySelector("[data-previa]") ?? alvo?.querySelector?.("[data-previa]");
}

function perguntar(saida) {
  const antes = esperando.get(saida);
  clearTimeout(antes?.relogio);
  antes?.pedido.abort();
  const pedido = new AbortController();
  esperando.set(saida, { pedido, relogio: setTimeout(() => mostrar(saida, pedido.signal), PAUSA) });
}

async function mostrar(saida, signal) {
  const dados = new FormData(saida.closest("form"));
  const pergunta = new URL(saida.dataset.previa, location.href);
  for (const nome of CAMPOS) pergunta.searchParams.set(nome, dados.get(nome) ?? "");
  try {
    const resposta = await fetch(pergunta, { signal, headers: { "X-Envio": "1" } });
    saida.textContent = resposta.ok ? (await resposta.json()).texto : "";
  } catch (falha) {
    if (falha.name !== "AbortError") saida.textContent = "";
  }
}

for (const evento of ["input", "change"]) {
  document.addEventListener(evento, (event) => {
    const saida = achar(event.target);
    if (saida && (CAMPOS.includes(event.target.name) || event.target instanceof HTMLFormElement)) perguntar(saida);
  });
}
document.addEventListener("estudio:recusado", () => document.querySelectorAll("[data-previa]").forEach(perguntar));
document.querySelectorAll("[data-previa]").forEach(perguntar);

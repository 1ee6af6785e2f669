// Suggests who is registered already while a name or a phone is typed: a combobox as WAI-ARIA describes it. Picking one
// fills in name, phone and number; typing on takes the number back. A field asks for it by `data-sugere`, an address.

const PAUSA = 120;
const MINIMO = 2;
let ativo = null;

document.addEventListener("input", (event) => {
  const campo = event.target;
  if (!campo.dataset?.sugere) return;
  const numero = campo.form.elements.namedItem("cliente_id");
  if (campo.name === "cliente" && numero instanceof HTMLInputElement) numero.value = "";
  clearTimeout(ativo?.relogio);
  if (ativo?.campo !== campo) fechar();
  ativo ??= abrir(campo);
  ativo.relogio = setTimeout(() => perguntar(ativo), PAUSA);
});

document.addEventListener("keydown", (event) => {
  if (event.target !== ativo?.campo || ativo.lista.hidden) return;
  const passo = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (passo) marcar(ativo, Math.max(ativo.marcada, passo < 0 ? 0 : -1) + passo);
  else if (event.key === "Escape") fechar();
  else if (event.key === "Enter" && ativo.marcada >= 0) escolher(ativo, ativo.achados[ativo.marcada]);
  else return;
  event.preventDefault();
});

document.addEventListener("focusout", (event) => event.target === ativo?.campo && fechar());

function abrir(campo) {
  const lista = document.createElement("ul");
  const voz = document.createElement("p");
  Object.assign(lista, { id: `${campo.id}-sugestoes`, className: "sugestoes", role: "listbox", hidden: true });
  Object.assign(voz, { className: "visually-hidden", role: "status" });
  campo.after(lista, voz);
  Object.assign(campo, { role: "combobox", ariaAutoComplete: "list", ariaExpanded: "false" });
  campo.setAttribute("aria-controls", lista.id);
  return { campo, lista, voz, achados: [], marcada: -1 };
}

async function perguntar(caixa) {
  const texto = caixa.campo.value.trim();
  caixa.pedido?.abort();
  if (texto.length < MINIMO) return mostrar(caixa, [], "");
  caixa.pedido = new AbortController();
  try {
    const endereco = `${caixa.campo.dataset.sugere}?${new URLSearchParams({ q: texto })}`;
    const resposta = await fetch(endereco, { signal: caixa.pedido.signal, headers: { "X-Envio": "1" } });
    const { clientes, diz } = await resposta.json();
    if (caixa === ativo) mostrar(caixa, clientes, diz);
  } catch {} // Without an answer there is nothing to suggest; the name is typed as it is.
}

function mostrar(caixa, achados, diz) {
  Object.assign(caixa, { achados, marcada: -1 });
  caixa.lista.replaceChildren(...achados.map((achado, indice) => {
    const opcao = document.createElement("li");
    const id = `${caixa.lista.id}-${indice}`;
    Object.assign(opcao, { id, role: "option", ariaSelected: "false", textContent: achado.rotulo });
    opcao.addEventListener("pointerdown", (event) => event.preventDefault());
    opcao.addEventListener("click", () => escolher(caixa, achado));
    return opcao;
  }));
  caixa.lista.hidden = achados.length === 0;
  caixa.campo.ariaExpanded = String(achados.length > 0);
  caixa.campo.removeAttribute("aria-activedescendant");
  caixa.lista.ariaLabel = diz;
  caixa.voz.textContent = achados.length ? diz : "";
}

function marcar(caixa, indice) {
  caixa.marcada = (indice + caixa.achados.length) % caixa.achados.length;
  [...caixa.lista.children].forEach((opcao, i) => { opcao.ariaSelected = String(i === caixa.marcada); });
  const opcao = caixa.lista.children[caixa.marcada];
  caixa.campo.setAttribute("aria-activedescendant", opcao.id);
  opcao.scrollIntoView({ block: "nearest" });
}

function escolher(caixa, { id, nome, telefone }) {
  const valores = { cliente: nome, telefone, cliente_id: String(id) };
  for (const [nomeDoCampo, valor] of Object.entries(valores)) {
    const campo = caixa.campo.form.elements.namedItem(nomeDoCampo);
    if (campo instanceof HTMLInputElement) campo.value = valor;
  }
  caixa.campo.dispatchEvent(new Event("change", { bubbles: true }));
  fechar();
}

function fechar() {
  if (!ativo) return;
  clearTimeout(ativo.relogio);
  ativo.pedido?.abort();
  ativo.lista.remove();
  ativo.voz.remove();
  ativo.campo.ariaExpanded = "false";
  ativo.campo.removeAttribute("aria-controls");
  ativo.campo.removeAttribute("aria-activedescendant");
  ativo = null;
}

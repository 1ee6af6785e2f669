// Keeps what is being typed until it is saved, in this tab alone: through a reload, a lost connection, a login that
// expired. Never a password; of this person only; gone on saving and on leaving. The form's key is kept along with it,
// so that what was saved without anybody learning of it is not saved twice.

const PREFIXO = "rascunho:";
const MEU = `${PREFIXO}${document.body.dataset.pessoa}:`;
const aberto = location.search;

function nomear(form) {
  return MEU + new URL(form.action).pathname + aberto;
}

function guarda(form) {
  return (
    form?.method === "post" &&
    form.elements.namedItem("chave") &&
    !form.querySelector("[type=password], [type=file]") &&
    form.querySelector("input:not([type=hidden]), select, textarea")
  );
}

function ler(form) {
  return [...new FormData(form)].filter(([nome, valor]) => nome !== "csrf_token" && typeof valor === "string");
}

function gravar(form) {
  if (!guarda(form)) return;
  try {
    sessionStorage.setItem(nomear(form), JSON.stringify(ler(form)));
  } catch {
    // The browser keeps nothing for us (full, or forbidden): the page itself still holds it.
  }
}

function esquecer(quais) {
  for (const chave of Object.keys(sessionStorage)) {
    if (chave.startsWith(PREFIXO) && quais(chave)) sessionStorage.removeItem(chave);
  }
}

function trazer(form) {
  const guardado = sessionStorage.getItem(nomear(form));
  if (guardado === null) return;
  const antes = JSON.stringify(semChave(ler(form)));
  const valores = new Map();
  for (const [nome, valor] of JSON.parse(guardado)) valores.set(nome, [...(valores.get(nome) ?? []), valor]);
  for (const campo of form.elements) {
    if (!campo.name || campo.name === "csrf_token" || campo.type === "submit") continue;
    const tidos = valores.get(campo.name) ?? [];
    if (campo.type === "checkbox" || campo.type === "radio") campo.checked = tidos.includes(campo.value);
    else if (campo instanceof HTMLSelectElement) escolher(campo, tidos);
    else if (tidos.length) campo.value = tidos[0];
  }
  form.dispatchEvent(new Event("change", { bubbles: true }));
  if (JSON.stringify(semChave(ler(form))) !== antes) contar(form);
}

function escolher(lista, tidos) {
  // What is offered no more is left as the page has it.
  if ([...lista.options].some((opcao) => tidos.includes(opcao.value))) {
    for (const opcao of lista.options) opcao.selected = tidos.includes(opcao.value);
  }
}

function semChave(pares) {
  return pares.filter(([nome]) => nome !== "chave");
}

function contar(form) {
  const recado = document.querySelector("#molde-rascunho").content.firstElementChild.cloneNode(true);
  recado.querySelector("button").addEventListener("click", () => {
    sessionStorage.removeItem(nomear(form));
    location.reload();
  });
  form.before(recado);
}

document.addEventListener("input", (event) => gravar(event.target.form));
document.addEventListener("change", (event) => gravar(event.target.form));
document.addEventListener("estudio:enviando", (event) => gravar(event.detail));
document.addEventListener("estudio:gravado", (event) => {
  if (guarda(event.detail)) sessionStorage.removeItem(nomear(event.detail));
});
document.addEventListener("estudio:recusado", () => {
  // What is wrong came with a form of its own: its key, and what it asks, are kept in the place of the first one's.
  for (const form of document.forms) if (guarda(form) && sessionStorage.getItem(nomear(form)) !== null) gravar(form);
});
document.addEventListener("submit", (event) => {
  if (event.target.hasAttribute("data-saida")) esquecer(() => true);
});

esquecer((chave) => !chave.startsWith(MEU));
for (const form of document.forms) if (guarda(form)) trazer(form);

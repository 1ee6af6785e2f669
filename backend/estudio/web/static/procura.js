// Searches while it is typed: the page's own answer to the form, of which the regions that `data-procura` names are
// taken over. The address follows, so that a reload shows the same. Without this script the button does it.

const PAUSA = 150;
let relogio = null;
let pedido = null;

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form?.dataset.procura) return;
  clearTimeout(relogio);
  pedido?.abort();
  pedido = new AbortController();
  relogio = setTimeout(procurar, PAUSA, form, pedido.signal);
});

async function procurar(form, signal) {
  const endereco = new URL(form.action);
  endereco.search = new URLSearchParams(new FormData(form));
  try {
    const resposta = await fetch(endereco, { headers: { "X-Olhada": "1", "X-Envio": "1" }, signal });
    if (resposta.status !== 200) return;
    const pagina = new DOMParser().parseFromString(await resposta.text(), "text/html");
    for (const id of form.dataset.procura.split(" ")) {
      document.getElementById(id).replaceChildren(...pagina.getElementById(id).childNodes);
    }
    history.replaceState(null, "", endereco);
  } catch {} // Without an answer the list stays as it is, and the button still asks.
}

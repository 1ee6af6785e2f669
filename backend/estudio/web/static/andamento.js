// Follows a closing: takes over each piece that the server sends of it, as a stream of events, or by asking again where
// no stream is to be had. What is over is shown by the page itself.

const caixa = document.querySelector("[data-andamento]");
const voz = document.querySelector("#andamento-diz");
const ESPERA = 600;

// False when there is nothing more to follow.
function mostrar(pedaco) {
  const dita = caixa.querySelector("[data-etapa]")?.textContent;
  caixa.innerHTML = pedaco;
  if (caixa.querySelector("[data-fim]")) {
    location.reload();
    return false;
  }
  const etapa = caixa.querySelector("[data-etapa]")?.textContent ?? "";
  if (etapa !== dita) voz.textContent = etapa;
  return true;
}

async function perguntar() {
  let segue = true;
  try {
    const resposta = await fetch(caixa.dataset.andamento, { headers: { "X-Olhada": "1", "X-Envio": "1" } });
    // Who is no longer logged in is sent to the door: that is for a person to follow.
    if (resposta.headers.has("X-Destino")) return;
    if (resposta.ok) segue = mostrar(await resposta.text());
  } catch {
    // A connection that is lost comes back, or somebody reloads the page.
  }
  if (segue) setTimeout(perguntar, ESPERA);
}

function seguir() {
  const fluxo = new EventSource(caixa.dataset.andamento);
  fluxo.onmessage = (evento) => mostrar(evento.data) || fluxo.close();
  fluxo.onerror = () => {
    // It comes back by itself where the server only ended it; where there is none, the page asks.
    if (fluxo.readyState === EventSource.CLOSED) perguntar();
  };
}

seguir();

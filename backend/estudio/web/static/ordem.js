// The estoque, where there are scripts: every press on − or + counts in place, and items are dragged to their place.
// Without scripts the buttons of the page do both, one page at a time.

const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(24)), (byte) => byte.toString(16).padStart(2, "0")).join("");

// --- one press, one movement -----------------------------------------------------------------------------------------

let waiting = 0;
let line = Promise.resolve();

const show = (html, label) => {
  const page = new DOMParser().parseFromString(html, "text/html");
  document.querySelector("main").replaceWith(page.querySelector("main"));
  const again = Array.from(document.querySelectorAll("[data-aperto] button")).find((button) => button.ariaLabel === label);
  (document.querySelector(".resumo") ?? again)?.focus();
};

const send = async (form, body, label) => {
  try {
    const answer = await fetch(form.action, { method: "POST", body });
    const html = await answer.text();
    waiting -= 1;
    // Somebody who was logged out, or an error: that is a page of its own.
    if (!html.includes("data-aperto")) location.reload();
    else if (waiting === 0) show(html, label);
  } catch {
    // Sent again as a page is: under the same key it is not done twice.
    waiting -= 1;
    form.elements.chave.value = body.get("chave");
    form.submit();
  }
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.matches("[data-aperto]")) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form));
  // A form that is sent twice is one deed; two presses on + are two. Each press is a form of its own, one after another.
  body.set("chave", newKey());
  waiting += 1;
  line = line.then(() => send(form, body, form.querySelector("button").ariaLabel));
});

// --- drag ------------------------------------------------------------------------------------------------------------

const list = document.querySelector("[data-ordem]");
const form = document.querySelector("[data-ordem-nova]");

if (list && form) {
  const ids = () => Array.from(list.children, (item) => item.dataset.id).join(",");
  const before = ids();
  let dragged = null;

  const place = (y) => {
    const after = Array.from(list.children).find((item) => {
      const box = item.getBoundingClientRect();
      return item !== dragged && y < box.top + box.height / 2;
    });
    if ((after ?? null) !== dragged.nextElementSibling) list.insertBefore(dragged, after ?? null);
  };

  for (const item of list.children) {
    const handle = document.createElement("span");
    handle.className = "alca";
    handle.setAttribute("aria-hidden", "true");
    item.prepend(handle);
    // By pointer and not by HTML's own drag and drop, which no finger can do.
    handle.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      dragged = item;
      item.classList.add("arrastado");
    });
  }

  // On the whole page: what moves in the list loses hold of its pointer.
  document.addEventListener("pointermove", (event) => { if (dragged) place(event.clientY); });
  for (const end of ["pointerup", "pointercancel"]) {
    document.addEventListener(end, () => {
      if (!dragged) return;
      dragged.classList.remove("arrastado");
      dragged = null;
      if (ids() === before) return;
      form.elements.ids.value = ids();
      form.requestSubmit();
    });
  }
}

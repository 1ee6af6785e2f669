// The estoque, where there are scripts: items are dragged to their place, and every press on − or + counts.
// Without scripts the buttons of the page do both, one page at a time.

const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(24)), (byte) => byte.toString(16).padStart(2, "0")).join("");

// A form that is sent twice is one deed; two presses on + are two. Each press is a form of its own.
for (const form of document.querySelectorAll("form[data-aperto]")) {
  form.addEventListener("submit", () => { form.elements.chave.value = newKey(); });
}

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
    if (after !== dragged.nextElementSibling || (!after && dragged !== list.lastElementChild)) {
      list.insertBefore(dragged, after ?? null);
    }
  };

  const drop = () => {
    if (!dragged) return;
    dragged.classList.remove("arrastado");
    dragged = null;
    if (ids() !== before) {
      form.elements.ids.value = ids();
      form.requestSubmit();
    }
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
      handle.setPointerCapture(event.pointerId);
    });
    handle.addEventListener("pointermove", (event) => { if (dragged === item) place(event.clientY); });
    handle.addEventListener("pointerup", drop);
    handle.addEventListener("pointercancel", drop);
  }
}

// The field that a page begins with, where it holds what is most often wrong: selected, so that typing replaces it.

document.querySelector("[autofocus][data-seleciona]")?.select();

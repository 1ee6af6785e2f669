// The field that a page begins with, where it holds what is most often wrong: selected, so that typing replaces it. Who
// began to type before this script was there goes on.

const campo = document.querySelector("[autofocus][data-seleciona]");
if (campo?.value === campo?.defaultValue) campo?.select();

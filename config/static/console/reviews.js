// One key an answer: the keys belong to the first question without one, and the last answer sends the form.
(() => {
  const form = document.querySelector("[data-questions]");
  if (!form) return;
  const questions = [...form.querySelectorAll("fieldset")];
  const open = () => questions.find((each) => !each.querySelector("input:checked"));
  const wasWhole = !open();
  let pressed = false;

  const giveKeys = () => {
    const current = open() || questions[0];
    for (const each of questions) {
      each.classList.toggle("is-asked", each === current && Boolean(open()));
      for (const label of each.querySelectorAll("label[data-answer]")) {
        if (each === current) label.dataset.key = label.dataset.answer;
        else delete label.dataset.key;
      }
    }
  };

  // Arrow keys pass through answers on their way, so only a pressed answer may send the form.
  form.addEventListener("click", (event) => {
    if (!event.target.closest("label[data-answer]")) return;
    pressed = true;
    setTimeout(() => { pressed = false; });
  });
  form.addEventListener("change", (event) => {
    if (!event.target.matches("input[type=radio]")) return;
    const current = open();
    giveKeys();
    if (!current && !wasWhole && pressed && !form.elements.note.value.trim()) form.requestSubmit();
  });
  giveKeys();
})();

// The sentences are drawn afresh after every change: a person keeps the place, the control in hand, and what is typed elsewhere.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const fields = () => all(":is(input, select, textarea):not([type=hidden])", document.querySelector("#sheet"));
  const clauses = () => all("#sheet .clause[id]");
  const typed = (field) => {
    if (!field.matches("select")) return field.value !== field.defaultValue;
    const first = [...field.options].find((each) => each.defaultSelected) || field.options[0];
    return field.value !== first?.value;
  };
  // A sentence may move in its list, and its fields are named for their place there: what they are called stays.
  const nameOf = (control) => {
    const own = control.matches("button") ? control.value : control.getAttribute("aria-label") || control.id;
    return `${control.closest(".clause[id]")?.id || ""} ${own}`;
  };
  const same = (name) => all("button, input, select, textarea", document.querySelector("#sheet"))
    .find((each) => nameOf(each) === name && each.checkVisibility());
  const firstFieldAt = (place) => {
    const sentences = clauses();
    return sentences[Math.min(place, sentences.length - 1)]?.querySelector("input:not([type=hidden]), select");
  };
  let kept = new Map();
  let hand = null;

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "sheet") return;
    const { elt: form } = event.detail.requestConfig;
    const others = fields().filter((field) => field.form !== form && typed(field));
    kept = new Map(others.map((field) => [nameOf(field), field.value]));
    const control = document.activeElement;
    const clause = control.closest(".clause[id]");
    hand = clause && { name: nameOf(control), place: clauses().indexOf(clause), top: control.getBoundingClientRect().top };
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target?.id !== "sheet") return;
    for (const field of fields()) if (kept.has(nameOf(field)) && !typed(field)) field.value = kept.get(nameOf(field));
    const again = hand && same(hand.name);
    if (again) window.scrollBy(0, again.getBoundingClientRect().top - hand.top);
    const wrong = document.querySelector("#sheet [aria-invalid]");
    const control = wrong || again || (hand && firstFieldAt(hand.place));
    control?.focus({ preventScroll: true });
    control?.scrollIntoView({ block: "nearest" });
    kept = new Map();
    hand = null;
    const said = document.querySelector("#messages");
    said.classList.add("is-fresh");
    setTimeout(() => said.classList.remove("is-fresh"), 6000);
  });
})();

// Small helps that every page shares. Nothing here is needed for reading or deciding.
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const typing = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

  const say = (words) => {
    const live = $("#live");
    if (live) live.textContent = words;
  };

  // Copy a tracking number.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    event.preventDefault();
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.classList.add("is-done");
      say(`Copied ${button.dataset.copy}`);
      setTimeout(() => button.classList.remove("is-done"), 1200);
    } catch { say("Copying is not allowed here; select the number instead."); }
  });

  // Menus close when the person looks elsewhere.
  document.addEventListener("click", (event) => {
    for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  // Forms with [data-auto] answer to a change at once; a form is never sent twice.
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || event.defaultPrevented) return;
    button.setAttribute("aria-busy", "true");
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => {
    for (const form of all("form[data-sent]")) delete form.dataset.sent;
    for (const button of all("[aria-busy]")) button.removeAttribute("aria-busy");
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form");
    if (form) delete form.dataset.sent;
    for (const button of all("[aria-busy]")) button.removeAttribute("aria-busy");
  });
  document.addEventListener("htmx:sendError", () => say("Waypost does not answer. Check the connection; what you typed is still here."));

  // Keys -----------------------------------------------------------------------------------------------------------
  const rows = () => all("[data-row]");
  let at = -1;
  const go = (step) => {
    const list = rows();
    if (!list.length) return;
    const focused = list.findIndex((row) => row.contains(document.activeElement));
    at = Math.min(list.length - 1, Math.max(0, (focused >= 0 ? focused : at) + step));
    const link = $("a[data-open]", list[at]);
    link?.focus({ preventScroll: true });
    list[at].scrollIntoView({ block: "nearest" });
  };
  const press = (name) => {
    const here = () => all(`[data-key-here="${name}"]`).find((each) => each.checkVisibility());
    const target = $(`[data-key="${name}"]:not([disabled])`) || here();
    if (!target) return false;
    const details = target.closest("details:not([open])");
    if (details && !target.matches("summary")) details.open = true;
    if (target.matches("summary")) {
      target.parentElement.open = true;
      (target.parentElement.querySelector("input:not([type=hidden]), select, textarea, button") || target).focus();
    } else if (target.matches("input, select, textarea")) target.focus();
    else if (target.hasAttribute("data-key-focus")) target.focus();
    else target.click();
    return true;
  };
  const help = () => $("#keys")?.showModal?.();
  const places = { d: "/", q: "/queue/", m: "/queue/mine/", s: "/shipments/", f: "/follow-ups/" };
  let waitingForPlace = 0;

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") {
      const menu = event.target.closest("details.menu[open]") || $("details.menu[open]");
      if (menu) { menu.open = false; $("summary", menu).focus(); } else if (typing(event.target)) event.target.blur();
      return;
    }
    if (typing(event.target) || $("dialog[open]")) return;
    const key = event.key;
    if (Date.now() - waitingForPlace < 1200 && places[key]) {
      waitingForPlace = 0;
      event.preventDefault();
      location.assign(places[key]);
      return;
    }
    let done = true;
    if (key === "g") waitingForPlace = Date.now();
    else if (key === "/") $("#search")?.focus();
    else if (key === "?") help();
    else if (key === "j") go(1);
    else if (key === "k") go(-1);
    else if (key === "x") {
      const row = document.activeElement.closest?.("[data-row]");
      $("input[type=checkbox]", row || document.createElement("i"))?.click();
    } else done = key.length === 1 && press(key);
    if (done) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-show-keys]")) help();
    const toggle = event.target.closest("[data-toggle-class]");
    if (toggle) {
      const on = document.body.classList.toggle(toggle.dataset.toggleClass);
      toggle.setAttribute("aria-pressed", String(on));
    }
  });

  // Choosing rows: the bar at the bottom says how many.
  const count = () => {
    const bar = $("[data-bulk]");
    if (!bar) return;
    const boxes = all("[data-row] input[type=checkbox]");
    const chosen = boxes.filter((box) => box.checked);
    for (const box of boxes) box.closest("[data-row]").setAttribute("aria-selected", String(box.checked));
    bar.classList.toggle("is-shown", chosen.length > 0);
    const words = $("[data-bulk-count]", bar);
    const thing = bar.dataset.bulk || "case";
    if (words) words.textContent = `${chosen.length} ${chosen.length === 1 ? thing : `${thing}s`} chosen`;
    const every = $("[data-choose-all]");
    if (every) {
      every.checked = chosen.length > 0 && chosen.length === boxes.length;
      every.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
    }
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-choose-all]")) {
      for (const box of all("[data-row] input[type=checkbox]")) box.checked = event.target.checked;
    }
    if (event.target.matches("input[type=checkbox]")) count();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-choose-none]")) return;
    for (const box of all("[data-row] input[type=checkbox]")) box.checked = false;
    count();
  });
  document.addEventListener("htmx:afterSettle", count);
  window.addEventListener("pageshow", count);

  // A page shown again by the back button is as old as it was left: ask at once whether the case is still in these hands.
  window.addEventListener("pageshow", (event) => {
    const again = event.persisted || performance.getEntriesByType("navigation")[0]?.type === "back_forward";
    if (again) for (const held of all("[data-ask-on-return]")) window.htmx?.trigger(held, "waypost:back");
  });
  document.documentElement.classList.add("has-js");
})();

// Runs before the first paint, so the chosen theme never flashes the other one.
(() => {
  const chosen = () => {
    try { return localStorage.getItem("waypost-theme") || "system"; } catch { return "system"; }
  };
  const apply = (theme) => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  };
  apply(chosen());

  const mark = () => {
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === chosen()));
    }
  };
  document.addEventListener("DOMContentLoaded", mark);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice]");
    if (!button) return;
    try { localStorage.setItem("waypost-theme", button.dataset.themeChoice); } catch { /* kept for this page only */ }
    apply(button.dataset.themeChoice);
    mark();
  });
})();

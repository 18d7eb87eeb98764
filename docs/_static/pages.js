// Blocks that scroll can be scrolled by keyboard, and the two lists at the sides are told apart when read out.
addEventListener("DOMContentLoaded", () => {
  const labels = { ".sidebar-drawer": "All pages", ".toc-drawer": "On this page" };
  for (const [selector, label] of Object.entries(labels)) {
    document.querySelector(selector)?.setAttribute("aria-label", label);
  }
  for (const block of document.querySelectorAll("pre, .table-wrapper")) {
    if (block.scrollWidth > block.clientWidth) {
      block.tabIndex = 0;
    }
  }
});

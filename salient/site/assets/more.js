// Load more: fetch the page that the link leads to, append its cards, move the link on. Without this script, or
// when anything fails, the link is followed as any other.
"use strict";
(() => {
  const list = document.querySelector("ol.stream");
  const link = document.querySelector("a.load-more");
  const said = document.querySelector(".said");
  if (!list || !link || !window.fetch || !window.DOMParser) return;

  const there = () => new Set([...document.querySelectorAll("[data-id]")].map((e) => e.dataset.id));

  const absolute = (root, base) => {
    for (const a of root.querySelectorAll("a[href]")) a.href = new URL(a.getAttribute("href"), base).href;
    for (const i of root.querySelectorAll("img[src]")) i.src = new URL(i.getAttribute("src"), base).href;
  };

  const append = (page, base) => {
    const known = there();
    const cards = [...page.querySelectorAll("ol.stream > li[data-id]")].filter((c) => !known.has(c.dataset.id));
    for (const card of cards) {
      absolute(card, base);
      list.append(document.importNode(card, true));
    }
    return cards.length;
  };

  const move = (page, base) => {
    const next = page.querySelector("a.load-more");
    if (next) link.href = new URL(next.getAttribute("href"), base).href;
    else link.parentElement.remove();
    return Boolean(next);
  };

  link.addEventListener("click", async (event) => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (link.getAttribute("aria-busy") === "true") return;
    link.setAttribute("aria-busy", "true");
    const from = link.href;
    const before = list.children.length;
    try {
      const answer = await fetch(from);
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!page.querySelector("ol.stream")) throw new Error("not a page of the stream");
      const count = append(page, from);
      const left = move(page, from);
      said.textContent = `${count} more briefs loaded` + (left ? "." : "; these were the oldest.");
      list.children[before]?.querySelector("h3 a")?.focus({ preventScroll: true });
    } catch {
      location.href = from;
    } finally {
      link.removeAttribute("aria-busy");
    }
  });
})();

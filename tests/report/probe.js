// In a copy of a page: how its words stand out, as JSON in an attribute of the root.
const numbers = (colour) => colour.match(/[0-9.]+/g).map(Number);
const light = ([red, green, blue]) => {
  const [r, g, b] = [red, green, blue]
    .map((part) => part / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
// WCAG 2.2: relative luminances, the lighter to the darker.
const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);

// The colour of what an element stands on, and how much of the element's own colour is left there.
function ground(element) {
  let left = 1;
  for (let it = element; it !== null; it = it.parentElement) {
    const { backgroundColor, opacity } = getComputedStyle(it);
    const [red, green, blue, share = 1] = numbers(backgroundColor);
    if (share === 1) return [[red, green, blue], left];
    if (share !== 0) throw new Error(`a ground that shines through: ${backgroundColor}`);
    left *= Number(opacity);
  }
  throw new Error("no ground");
}

function standing(node) {
  const element = node.parentElement;
  const [below, share] = ground(element);
  const own = numbers(getComputedStyle(element).color);
  const painted = own.slice(0, 3).map((part, i) => part * share + below[i] * (1 - share));
  return [node.data.trim(), contrast(light(painted), light(below))];
}

addEventListener("load", () => {
  document.documentElement.style.background = "Canvas";
  for (const it of document.querySelectorAll("details")) it.open = true;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const words = [];
  while (walk.nextNode()) {
    const node = walk.currentNode;
    if (node.data.trim() && node.parentElement.tagName !== "SCRIPT") words.push(standing(node));
  }
  const told = {
    dark: matchMedia("(prefers-color-scheme: dark)").matches,
    words,
    wider: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    fetched: performance.getEntriesByType("resource").map((entry) => entry.name),
  };
  document.documentElement.setAttribute("data-told", JSON.stringify(told));
});

// Put into a copy of a page: what the browser made of it, as JSON in an attribute of the root.
// Boxes are [left, top, right, bottom] in the units of the picture's viewBox.
async function told() {
  const all = (names) => [...document.querySelectorAll(names)];
  const picture = document.querySelector("svg");
  const room = picture.viewBox.baseVal;
  const page = picture.getBoundingClientRect();
  const scale = room.width / page.width;
  const box = (element) => {
    const it = element.getBoundingClientRect();
    return [it.left - page.left, it.top - page.top, it.right - page.left, it.bottom - page.top]
      .map((px) => px * scale);
  };
  const words = (text) => {
    const size = parseFloat(getComputedStyle(text).fontSize);
    const [left, , right] = box(text);
    const y = text.getStartPositionOfChar(0).y;
    // From the tops of capitals to the feet of letters such as g, not the height of a line.
    return { words: text.textContent, box: [left, y - 0.74 * size, right, y + 0.21 * size] };
  };
  const natural = (text) => {
    const planned = text.getAttribute("textLength");
    text.removeAttribute("textLength");
    const length = text.getComputedTextLength();
    if (planned !== null) text.setAttribute("textLength", planned);
    return planned === null ? 1 : length / parseFloat(planned);
  };
  await document.fonts.ready;
  return {
    page: [0, 0, room.width, room.height],
    title: picture.querySelector(":scope > title")?.textContent ?? "",
    texts: all("text").map(words),
    shapes: all("svg path, svg rect, svg circle").map(box),
    stretched: all("text").map(natural),
    fonts: [...document.fonts].map((font) => font.status),
    fetched: performance.getEntriesByType("resource").map((entry) => entry.name),
  };
}
addEventListener("load", async () => {
  document.documentElement.setAttribute("data-told", JSON.stringify(await told()));
});

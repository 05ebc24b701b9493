// The page's elements, indented: name, id, classes, role, state. Of siblings
// that look alike, the first and how many; of a graph, that it is one. No text,
// and no attribute that a log could get into.
(() => {
  const line = (e) => {
    const attributes = ["role", "scope", "type", "aria-expanded", "aria-controls", "href", "hidden"]
      .filter((a) => e.hasAttribute(a)).map((a) => `[${a}=${e.getAttribute(a)}]`);
    return e.localName + (e.id && `#${e.id}`) + [...e.classList].map((c) => `.${c}`).join("") + attributes.join("");
  };
  const walk = (e, indent) => {
    const own = indent + line(e) + "\n";
    if (e.localName === "svg") {
      return own;
    }
    const parts = [];
    for (const child of e.children) {
      const text = walk(child, indent + "  ");
      const last = parts.at(-1);
      if (last?.text === text) {
        last.count++;
      } else {
        parts.push({ text, count: 1 });
      }
    }
    return own + parts.map((p) => p.count === 1 ? p.text : p.text.replace("\n", ` ×${p.count}\n`)).join("");
  };
  return walk(document.documentElement, "");
})();

// Elements are built from data here and nowhere else. Words become text nodes: markup in a
// client's message stays what he typed.

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  send: "M4 12 20 4l-4.5 16-4-6.5zM11.500 13.500 20 4",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  close: "M6 6l12 12M18 6 6 18",
  enter: "M10 7l5 5-5 5M15 12H4M14 4h5v16h-5",
  back: "M14.500 6 8.500 12l6 6",
  next: "M9.500 6l6 6-6 6",
  open: "M9 6H6v12h12v-3M13 5h6v6M19 5l-8.500 8.500",
  check: "M5 12.500l4.500 4.500L19 7.500",
  bell: "M6 16.500h12l-1.500-2.200V10.500a4.500 4.500 0 0 0-9 0v3.800zM10.500 19h3",
  clock: "M12 7.500V12l3 2M20 12a8 8 0 1 1-16 0 8 8 0 0 1 16 0",
};

/** An element: `h("a", {class: "x", href: "…", onclick: f}, "words", child)`. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** An address that may be followed, or null: only the web's own schemes. */
export function webAddress(url) {
  return typeof url === "string" && /^https?:\/\//i.test(url) ? url : null;
}

export function link(url, words, attributes = {}) {
  const address = webAddress(url);
  if (!address) return h("span", attributes, words);
  return h("a", { ...attributes, href: address, target: "_blank", rel: "noopener noreferrer" }, words);
}

const LINKS =
  /<a href="(https?:\/\/[^"\s]+)">([^<]*)<\/a>|\[([^\]\n]+)\]\((https?:\/\/[^\s)]+)\)|\*\*([^*\n]+)\*\*|(https?:\/\/[^\s，。；）」"<>]+)/gi;

/** The assistant's words with the few marks that platforms draw: links and bold. */
export function assistantWords(text) {
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(LINKS)) {
    if (match.index > from) parts.push(text.slice(from, match.index));
    const [whole, anchored, anchor, label, target, bold, bare] = match;
    if (bold) parts.push(h("strong", {}, bold));
    else parts.push(link(anchored ?? target ?? bare, anchor ?? label ?? bare));
    from = match.index + whole.length;
  }
  parts.push(text.slice(from));
  return parts;
}

export function avatar(name) {
  const hue = [...name].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 6;
  return h("span", { class: `avatar avatar--${hue}`, "aria-hidden": "true" }, [...name][0] ?? "");
}

// What is to be seen, as plain data, and the smallest change that makes the document show it.
//
// A view describes all it shows each time; only what differs is touched, so that focus, selection and scroll position
// stay where they are. Children of a list carry a `key`, so that a new first row does not rewrite those below it.
// Text is only ever set as text: there is no way from a string to markup here.

const SVG = "http://www.w3.org/2000/svg";
const shown = new WeakMap(); // node -> the properties that it was last given

/** Describe an element: its name, properties (`on…`: a listener; null, false: absent), and children. */
export function el(tag, props, ...children) {
  return { tag, props: props ?? {}, children: kept(children) };
}

/** The children that there are: null, undefined and false are none, lists are unfolded, numbers are text. */
function kept(children) {
  const there = children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
  return there.map((child) => (typeof child === "object" ? child : String(child)));
}

/** Describe an element whose place among its siblings is known by a key. */
export function keyed(key, node) {
  return { ...node, key };
}

/** Make the children of `parent` what `children` says. */
export function patch(parent, children) {
  const nodes = kept(children);
  const old = [...parent.childNodes];
  const matches = matched(old, nodes);
  const used = new Set(matches.filter((node) => node !== null));
  for (const node of old) {
    if (!used.has(node)) node.remove();
  }
  let cursor = parent.firstChild;
  nodes.forEach((wanted, i) => {
    const node = matches[i] ?? created(wanted, parent);
    if (node === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(node, cursor);
    update(node, wanted);
  });
}

/** For each wanted child the one that is there already, or null. */
function matched(old, nodes) {
  const byKey = new Map();
  const plain = [];
  for (const node of old) {
    const key = shown.get(node)?.key;
    if (key === undefined) plain.push(node);
    else byKey.set(key, node);
  }
  return nodes.map((wanted) => {
    if (wanted.key !== undefined) {
      const node = byKey.get(wanted.key);
      return node !== undefined && isAlike(node, wanted) ? node : null;
    }
    const at = plain.findIndex((node) => isAlike(node, wanted));
    return at < 0 ? null : plain.splice(0, at + 1)[at];
  });
}

function isAlike(node, wanted) {
  if (typeof wanted === "string") return node.nodeType === Node.TEXT_NODE;
  return node.nodeType === Node.ELEMENT_NODE && node.localName === wanted.tag;
}

function created(wanted, parent) {
  if (typeof wanted === "string") return document.createTextNode("");
  const isDrawn = wanted.tag === "svg" || (parent.namespaceURI === SVG && parent.localName !== "foreignObject");
  return isDrawn ? document.createElementNS(SVG, wanted.tag) : document.createElement(wanted.tag);
}

function update(node, wanted) {
  if (typeof wanted === "string") {
    if (node.data !== wanted) node.data = wanted;
    return;
  }
  const before = shown.get(node)?.props ?? {};
  for (const name of Object.keys(before)) {
    if (!(name in wanted.props)) setProperty(node, name, null);
  }
  for (const [name, value] of Object.entries(wanted.props)) {
    if (before[name] !== value) setProperty(node, name, value);
  }
  shown.set(node, { props: wanted.props, key: wanted.key });
  patch(node, wanted.children);
}

function setProperty(node, name, value) {
  if (name.startsWith("on")) node[name] = value;
  else if (name === "value" && "defaultValue" in node) setValue(node, value ?? "");
  else if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else node.setAttribute(name, value === true ? "" : String(value));
}

/** What is being typed stays. */
function setValue(input, value) {
  input.defaultValue = value;
  if (document.activeElement !== input) input.value = value;
}

// The world the helpers of the official cases run in, without handlebars.js: values come and go as JSON text, and an
// object keeps its identity on the way there and back. Python gives `call_back(number, text)`.
var console = { log() {}, debug() {}, info() {}, warn() {}, error() {} };
var global = globalThis;
var known = new WeakMap();

function SafeString(text) { this.string = text; }
SafeString.prototype.toString = SafeString.prototype.toHTML = function () { return "" + this.string; };
const escapes = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;", "`": "&#x60;", "=": "&#x3D;" };
var Handlebars = {
  SafeString,
  Utils: { escapeExpression: (value) => (value == null ? "" : value.toHTML ? value.toHTML() : String(value)
    .replace(/[&<>"'`=]/g, (char) => escapes[char])) },
  createFrame: (data) => Object.assign({}, data),
};
var handlebarsEnv = Handlebars;
function equals(one, other) { if (one !== other) throw new Error(`${one} is not ${other}`); }
var equal = equals;

function read(node) {
  if (node === null || typeof node !== "object") return node;
  if ("undefined" in node) return undefined;
  if ("safe" in node) return new SafeString(node.safe);
  const value = Array.isArray(node.value) ? node.value.map(read) : {};
  if (!Array.isArray(node.value)) for (const key in node.value) value[key] = read(node.value[key]);
  known.set(value, node.id);
  return value;
}

function write(value) {
  if (value === undefined) return { undefined: true };
  // What `this` is in a function that is called for a number or a text.
  if (value instanceof Number || value instanceof String || value instanceof Boolean) return value.valueOf();
  if (value instanceof SafeString) return { safe: String(value) };
  if (value === null || typeof value !== "object") return value;
  if (known.has(value)) return { known: known.get(value) };
  if (Array.isArray(value)) return { value: value.map(write) };
  return { value: Object.fromEntries(Object.entries(value).map(([key, item]) => [key, write(item)])) };
}

function rendering(number, blockParams) {
  const render = (context, options = {}) => {
    const asked = [context, options.data, options.blockParams].map(write);
    const answer = JSON.parse(call_back(number, JSON.stringify(asked)));
    if (answer === null) throw new Error("the block could not be rendered");
    return answer;
  };
  render.blockParams = blockParams;
  return render;
}

function call(source, text) {
  const { context, params, hash, data, name, fn, inverse, blockParams } = JSON.parse(text);
  const helper = eval(`(${source})`);
  const options = { hash: {}, name, data: read(data), lookupProperty: (holder, key) => holder[key] };
  for (const [key, value] of hash) options.hash[key] = read(value);
  if (fn !== null) options.fn = rendering(fn, blockParams);
  if (inverse !== null) options.inverse = rendering(inverse, 0);
  const result = typeof helper === "function" ? helper.apply(read(context), [...params.map(read), options]) : helper;
  return JSON.stringify(write(typeof result === "function" ? result.call(read(context)) : result));
}

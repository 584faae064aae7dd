// What comes in: one case as JSON text (template, data, partials). What goes out: JSON text with either the
// rendered text or the reason handlebars.js gave for refusing. Runs after handlebars.js in the same context.
var console = { log() {}, debug() {}, info() {}, warn() {}, error() {} };

// JSON in ASCII only: the border between the two languages need not agree on an encoding.
function inAscii(value) {
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, (unit) =>
    "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0"));
}

function judge(text) {
  const { template, data, partials } = JSON.parse(text);
  try {
    return inAscii({ output: Handlebars.compile(template)(data, { partials }) });
  } catch (error) {
    return inAscii({ rejected: String(error.message || error) });
  }
}

// handlebars.js writes a run of unescaped mustaches as `a + b`, which adds when both are numbers or booleans. Repaired,
// each of them is a text first, so a difference that goes away under this repair is that addition and nothing else.
function repairAddition() {
  const compiler = Handlebars.JavaScriptCompiler.prototype;
  const append = compiler.append;
  compiler.append = function () {
    if (!this.isInline()) return append.call(this);
    this.replaceStack((current) => [' != null ? "" + ', current, ' : ""']);
    this.pushSource(this.appendToBuffer(this.popStack()));
  };
}

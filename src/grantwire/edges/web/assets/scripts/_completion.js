// Completion inside {{ }}: the paths of the event, with type and sample, and the helpers of the template language.
const HELPERS = ["if", "unless", "each", "with", "default", "truncate", "date", "json", "upper", "lower", "join", "replace", "eq", "lt", "gt", "and", "or", "not"];

export function pathCompletion(readFields) {
  let options;
  return (context) => {
    const word = context.matchBefore(/[#/]?[\w.[\]@]*/);
    const before = context.state.sliceDoc(Math.max(0, context.pos - 500), word ? word.from : context.pos);
    const isInside = before.lastIndexOf("{{") > before.lastIndexOf("}}") && before.lastIndexOf("{{") >= 0;
    if (!isInside || (!word?.text && !context.explicit && !/\{\{\s*$/.test(before))) return null;
    options ??= optionsOf(readFields());
    return { from: word?.from ?? context.pos, options, validFor: /^[#/]?[\w.[\]@]*$/ };
  };
}

function optionsOf(fields) {
  const paths = fields.map((field) => ({
    label: field.path,
    type: "variable",
    detail: field.sample ? `${field.type} · ${field.sample}` : field.type,
    info: field.about,
    boost: field.path.includes("[0]") ? -1 : 1,
  }));
  return [...paths, ...HELPERS.map((name) => ({ label: name, type: "function", detail: "helper", boost: -5 }))];
}

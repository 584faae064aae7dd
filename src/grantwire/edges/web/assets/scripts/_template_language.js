// JSON with {{ }} in it, for colours only: what is right or wrong the server says.
import { HighlightStyle, StreamLanguage } from "@codemirror/language";
import { tags } from "@lezer/highlight";

export function templateLanguage() {
  return StreamLanguage.define({
    name: "template",
    startState: () => ({ inString: false, inTag: "" }),
    copyState: (state) => ({ ...state }),
    token: (stream, state) => (state.inTag ? tagToken(stream, state) : state.inString ? stringToken(stream, state) : plainToken(stream, state)),
    languageData: { closeBrackets: { brackets: ["{", "[", '"', "("] } },
  });
}

function tagToken(stream, state) {
  if (stream.match(state.inTag)) {
    state.inTag = "";
    return "brace";
  }
  if (stream.eatSpace()) return null;
  if (stream.match(/^"(?:[^"\\]|\\.)*"|^'(?:[^'\\]|\\.)*'/)) return "literal";
  if (stream.match(/^[#/^](?:if|unless|each|with)?\b|^else\b|^[#/^]/)) return "keyword";
  if (stream.match(/^(?:data|event_type|event_time|this)\b(?:\.[\w[\]-]+)*/)) return "variableName";
  if (stream.match(/^[@\w][\w.[\]-]*/)) return "propertyName";
  stream.next();
  return "brace";
}

function opensTag(stream, state) {
  const found = stream.match(/^\{\{\{|^\{\{!--|^\{\{/);
  if (!found) return false;
  state.inTag = { "{{{": "}}}", "{{!--": "--}}", "{{": "}}" }[found[0]];
  return true;
}

function stringToken(stream, state) {
  if (opensTag(stream, state)) return "brace";
  if (stream.match(/^\\./)) return "escape";
  if (stream.eat('"')) {
    state.inString = false;
    return state.isKey ? "labelName" : "string";
  }
  stream.next();
  stream.match(/^[^"\\{]+/);
  return state.isKey ? "labelName" : "string";
}

function plainToken(stream, state) {
  if (stream.eatSpace()) return null;
  if (opensTag(stream, state)) return "brace";
  if (stream.eat('"')) {
    state.inString = true;
    state.isKey = /^[^"\n]*"\s*:/.test(stream.string.slice(stream.pos));
    return state.isKey ? "labelName" : "string";
  }
  if (stream.match(/^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/)) return "number";
  if (stream.match(/^(?:true|false|null)\b/)) return "atom";
  stream.next();
  return "punctuation";
}

// Colours are variables, so that light and dark follow the page.
export const templateColours = HighlightStyle.define([
  { tag: tags.string, color: "var(--gw-green-words)" },
  { tag: [tags.number, tags.atom], color: "var(--gw-amber-words)" },
  { tag: tags.escape, color: "var(--gw-amber-words)" },
  { tag: tags.propertyName, color: "var(--gw-tag-words)" },
  { tag: tags.variableName, color: "var(--gw-tag-words)", fontWeight: "600" },
  { tag: tags.keyword, color: "var(--gw-red-words)", fontWeight: "600" },
  { tag: tags.brace, color: "var(--gw-tag-words)" },
  { tag: tags.literal, color: "var(--gw-amber-words)" },
  { tag: tags.labelName, color: "var(--gw-blue-words)" },
  { tag: tags.punctuation, color: "var(--gw-secondary-words)" },
]);

// The editor of a body: CodeMirror over the plain text field, which stays the one that is sent.
import { EditorView, keymap, lineNumbers, highlightActiveLine, drawSelection, highlightSpecialChars } from "@codemirror/view";
import { EditorState } from "@codemirror/state";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { templateLanguage, templateColours } from "./_template_language.js";
import { pathCompletion } from "./_completion.js";

export function startEditor(area, { isSmall = false } = {}) {
  const label = area.form.querySelector(`label[for="${CSS.escape(area.id)}"]`);
  label.id ||= `${area.id}-label`;
  const nonce = document.querySelector('meta[name="csp-nonce"]').content;
  const listeners = [];
  const view = new EditorView({
    state: EditorState.create({
      doc: area.value,
      extensions: [
        EditorView.cspNonce.of(nonce),
        lineNumbers(), highlightSpecialChars(), history(), drawSelection(), bracketMatching(), closeBrackets(), highlightActiveLine(),
        templateLanguage(), syntaxHighlighting(templateColours), lintGutter(),
        autocompletion({ override: [pathCompletion(() => JSON.parse(document.getElementById("event-paths").textContent))], activateOnTyping: true }),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap]),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-labelledby": label.id, tabindex: "0", ...(area.hasAttribute("aria-describedby") ? { "aria-describedby": area.getAttribute("aria-describedby") } : {}) }),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          area.value = view.state.doc.toString();
          for (const listener of listeners) listener();
        }),
        isSmall ? smallTheme : largeTheme,
        theme,
      ],
    }),
  });
  area.after(view.dom);
  area.hidden = true;
  label.removeAttribute("for");
  label.addEventListener("click", () => view.focus());
  area.form.addEventListener("submit", () => (area.value = view.state.doc.toString()));

  return {
    onChange: (listener) => listeners.push(listener),
    save: () => (area.value = view.state.doc.toString()),
    insert: (text) => insert(view, text),
    underline: (findings) => view.dispatch(setDiagnostics(view.state, findings.map((finding) => diagnostic(view.state.doc, finding)))),
    goTo: (line, column) => {
      const at = offset(view.state.doc, line, column);
      view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
      view.focus();
    },
  };
}

// Inside a tag only the path is put in.
function insert(view, text) {
  const { from, to } = view.state.selection.main;
  const before = view.state.doc.sliceString(Math.max(0, from - 200), from);
  const isInside = before.lastIndexOf("{{") > before.lastIndexOf("}}");
  const put = isInside ? text.slice(2, -2).trim() : text;
  view.dispatch({ changes: { from, to, insert: put }, selection: { anchor: from + put.length } });
  view.focus();
}

function offset(doc, line, column) {
  const found = doc.line(Math.min(Math.max(line, 1), doc.lines));
  return Math.min(found.from + Math.max(column - 1, 0), found.to);
}

function diagnostic(doc, finding) {
  const from = offset(doc, finding.line, finding.column);
  const to = Math.min(Math.max(from + Math.max(finding.length, 1), from), doc.length);
  return { from: Math.min(from, to), to, severity: finding.severity, message: finding.message };
}

const sized = (least, most) => EditorView.theme({ "&": { minHeight: least, maxHeight: most }, ".cm-scroller": { minHeight: least } });
const largeTheme = sized("22rem", "34rem");
const smallTheme = sized("8rem", "20rem");
const theme = EditorView.theme({
  "&": { fontSize: "13px" },
  ".cm-scroller": { fontFamily: "var(--tblr-font-monospace)", lineHeight: "1.6" },
  ".cm-content": { caretColor: "var(--tblr-body-color)" },
  "&.cm-focused .cm-cursor": { borderLeftColor: "var(--tblr-body-color)" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--gw-secondary-words)", border: "0" },
  ".cm-activeLine": { backgroundColor: "var(--gw-quiet)" },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": { backgroundColor: "color-mix(in oklab, var(--tblr-primary) 28%, transparent)" },
  ".cm-tooltip": { backgroundColor: "var(--tblr-bg-surface)", color: "var(--tblr-body-color)", border: "1px solid var(--gw-line)", borderRadius: "6px", boxShadow: "0 8px 24px rgb(0 0 0 / 18%)", maxWidth: "min(36rem, 90vw)" },
  ".cm-tooltip-autocomplete > ul > li": { padding: "3px 8px !important" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--tblr-primary)", color: "#fff" },
  ".cm-completionDetail": { color: "inherit", opacity: "0.8", fontStyle: "normal", marginLeft: "0.75em" },
  ".cm-completionInfo": { padding: "8px 10px", maxWidth: "22rem" },
});

// GraphiQL has no translations (5.4): its labels stand in English in its code. This puts Chinese ones in their place as they appear.
import { PATTERNS, WORDS } from "./labels";

const ATTRIBUTES = ["aria-label", "title", "placeholder"];
const ITS_OWN = ".graphiql-container, .graphiql-dialog, .graphiql-tooltip";
/** Ours, the editors, and what the schema says. */
const FOREIGN = ".monaco-editor, .pane, .strip, .graphiql-logo, .graphiql-markdown-description, .graphiql-markdown-deprecation";
/** Names that the schema or a person gave; the element around one may have a label. */
const NAMES = [
  ...[".graphiql-doc-explorer-type-name", ".graphiql-doc-explorer-field-name", ".graphiql-doc-explorer-argument-name"],
  ...[".graphiql-doc-explorer-enum-value", ".graphiql-history-item-label", '.graphiql-explorer-root [class^="graphiql-explorer-"]'],
].join();

/** The Chinese label for an English one of GraphiQL's; null for anything else. */
export function chinese(label: string): string | null {
  const text = label.trim();
  const word = Object.hasOwn(WORDS, text) ? WORDS[text] : undefined;
  if (word !== undefined) return label.replace(text, word);
  for (const [pattern, written] of PATTERNS) {
    const inner = pattern.exec(text)?.[1];
    if (inner !== undefined) return written.replace("$1", () => chinese(inner) ?? inner);
  }
  return null;
}

/** Keep GraphiQL's labels Chinese from now on; returns what ends it. React keeps every node: only the text in it is another. */
export function speakChinese(): () => void {
  const observer = new MutationObserver((records) => {
    for (const { type, target, addedNodes } of records) {
      if (type === "childList") addedNodes.forEach(translate);
      else translate(target);
    }
  });
  translate(document.body);
  observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES });
  return () => observer.disconnect();
}

function translate(node: Node): void {
  const element = node instanceof Element ? node : node.parentElement;
  if (!element?.closest(ITS_OWN)) {
    node.childNodes.forEach(translate);
  } else if (!element.closest(FOREIGN)) {
    if (node instanceof Text) translateText(node, element);
    else translateAttributes(element);
    node.childNodes.forEach(translate);
  }
}

function translateText(text: Text, around: Element): void {
  const said = around.closest(NAMES) ? null : chinese(text.data);
  if (said !== null) text.data = said;
}

function translateAttributes(element: Element): void {
  for (const name of ATTRIBUTES) {
    const said = chinese(element.getAttribute(name) ?? "");
    if (said !== null) element.setAttribute(name, said);
  }
}

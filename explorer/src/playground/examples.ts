// The example operations: one file each in `examples/`, its first lines tell the task in both languages and prefill the variables.
export interface Example {
  name: string;
  title: { zh: string; en: string };
  about: { zh: string; en: string };
  variables: string;
  query: string;
}

/** Read an example file. Throws where a line that every example has is missing. */
export function readExample(name: string, text: string): Example {
  const lines = text.split("\n");
  const head = new Map<string, string>();
  let at = 0;
  for (; lines[at]?.startsWith("# "); at += 1) {
    const [, key = "", value = ""] = /^# (zh|en|about-zh|about-en|variables): (.*)$/.exec(lines[at] ?? "") ?? [];
    head.set(key, value);
  }
  const told = (key: string) => {
    const value = head.get(key);
    if (!value) throw new Error(`the example ${name} lacks the line "# ${key}: …"`);
    return value;
  };
  return {
    name,
    title: { zh: told("zh"), en: told("en") },
    about: { zh: told("about-zh"), en: told("about-en") },
    variables: head.has("variables") ? JSON.stringify(JSON.parse(told("variables")), null, 2) : "",
    query: lines.slice(at).join("\n").trim(),
  };
}

const FILES = import.meta.glob<string>("../../examples/*.graphql", { query: "?raw", import: "default", eager: true });

export const EXAMPLES: readonly Example[] = Object.entries(FILES)
  .sort(([one], [other]) => one.localeCompare(other))
  .map(([path, text]) => readExample(path.replace(/^.*\/|\.graphql$/g, ""), text));

// The question of a tab as a working client. No snippet holds a token: it says where one goes.
import type { Question } from "../api/client";

export type Target = "curl" | "typescript" | "python";
export const TARGETS: readonly Target[] = ["curl", "typescript", "python"];

const ACCEPT = "application/graphql-response+json";

export function snippet(target: Target, origin: string, question: Question): string {
  const body = { query: question.query, ...(question.variables ? { variables: question.variables } : {}), ...(question.operationName ? { operationName: question.operationName } : {}) };
  return WRITERS[target](`${origin}/graphql`, body);
}

const WRITERS: Record<Target, (url: string, body: Record<string, unknown>) => string> = {
  curl: (url, body) =>
    [
      `curl -sS ${url} \\`,
      `  -H 'content-type: application/json' -H 'accept: ${ACCEPT}' \\`,
      `  --data-binary @- <<'HUIJU'`,
      JSON.stringify(body),
      "HUIJU",
    ].join("\n"),
  typescript: (url, body) =>
    [
      `const reply = await fetch(${JSON.stringify(url)}, {`,
      `  method: "POST",`,
      `  headers: {`,
      `    "content-type": "application/json",`,
      `    accept: "${ACCEPT}",`,
      `    // authorization: \`Bearer \${token}\`,`,
      `  },`,
      `  body: JSON.stringify(${indented(body, 2)}),`,
      `});`,
      `const { data, errors, extensions } = await reply.json();`,
      `console.log(JSON.stringify(data, null, 2), errors ?? [], extensions?.outcomes ?? []);`,
    ].join("\n"),
  python: (url, body) =>
    [
      `import json`,
      `import urllib.request`,
      ``,
      `body = json.loads(r"""${JSON.stringify(body)}""")`,
      `headers = {"content-type": "application/json", "accept": "${ACCEPT}"}  # "authorization": f"Bearer {token}"`,
      `request = urllib.request.Request(${JSON.stringify(url)}, json.dumps(body).encode(), headers)`,
      `with urllib.request.urlopen(request, timeout=10) as reply:`,
      `    answer = json.load(reply)`,
      `print(json.dumps(answer["data"], ensure_ascii=False, indent=2), answer.get("errors", []))`,
    ].join("\n"),
};

function indented(value: unknown, by: number): string {
  return JSON.stringify(value, null, 2).replaceAll("\n", `\n${" ".repeat(by)}`);
}

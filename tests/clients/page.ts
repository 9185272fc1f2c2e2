// The page as files: every fenced block of docs/clients.md that has a name, with the address of the server under test.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export const PAGE = new URL("../../docs/clients.md", import.meta.url).pathname;
/** Where the files are laid; the tests import them from here. */
export const BUILD = new URL("build/", import.meta.url).pathname;
/** The address that the page has. */
const WRITTEN = "http://127.0.0.1:8000";

export function snippets(text: string): Map<string, string> {
  return new Map([...text.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)].map(([, name = "", code = ""]) => [name, code]));
}

export function lay(server: string): void {
  rmSync(BUILD, { recursive: true, force: true });
  for (const [name, code] of snippets(readFileSync(PAGE, "utf-8"))) {
    mkdirSync(dirname(join(BUILD, name)), { recursive: true });
    writeFileSync(join(BUILD, name), code.replaceAll(WRITTEN, server));
  }
}

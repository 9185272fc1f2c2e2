// Before the tests: lay the files of the page, and do to them what a person would (the page says so): compile, generate, check types.
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";

import { between } from "./between";
import { BUILD, lay } from "./page";

const HUIJU = process.env["HUIJU_URL"] ?? "http://127.0.0.1:8000";
const run = promisify(execFile);

declare module "vitest" {
  interface ProvidedContext {
    address: string;
  }
}

export default async function setup(project: TestProject): Promise<() => void> {
  const { address, close } = await between(HUIJU);
  lay(address);
  const schema = await fetch(`${address}/schema.graphql`);
  writeFileSync(join(BUILD, "relay/schema.graphql"), await schema.text());
  const relay = tool("relay-compiler", ["relay.config.json"], "relay");
  await Promise.all([relay, tool("graphql-codegen", ["--config", "codegen.ts"], "typed")]);
  await tool("tsc", ["--project", "../tsconfig.json"], ".");
  project.provide("address", address);
  return close;
}

async function tool(name: string, args: string[], folder: string): Promise<void> {
  const program = new URL(`node_modules/.bin/${name}`, import.meta.url).pathname;
  await run(program, args, { cwd: join(BUILD, folder) }).catch((failure: { stdout: string; stderr: string }) => {
    throw new Error(`${name} does not take the page's files:\n${failure.stdout}\n${failure.stderr}`);
  });
}

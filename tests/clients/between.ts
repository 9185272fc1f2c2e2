// A server between the snippets and Huiju: it passes everything on, and adds the demo's fault header when a test wants a source to fail.
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

const CONTROL = "/-/fault";

export interface Between {
  address: string;
  close: () => void;
}

export async function between(huiju: string): Promise<Between> {
  let fault = "";
  const server = createServer((asked, reply) => {
    if (asked.url?.startsWith(CONTROL)) {
      fault = new URL(asked.url, huiju).searchParams.get("is") ?? "";
      reply.end();
      return;
    }
    const headers = { ...asked.headers, host: new URL(huiju).host, ...(fault ? { "huiju-demo-fault": fault } : {}) };
    const passed = request(new URL(asked.url ?? "/", huiju), { method: asked.method, headers }, (answer) => {
      reply.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(reply);
    });
    passed.on("error", () => reply.destroy());
    asked.pipe(passed);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

/** Run `work` while a source fails: `guangdong=down`. */
export async function under<Result>(address: string, fault: string, work: () => Promise<Result>): Promise<Result> {
  await fetch(`${address}${CONTROL}?is=${fault}`);
  try {
    return await work();
  } finally {
    await fetch(`${address}${CONTROL}`);
  }
}

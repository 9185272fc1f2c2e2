// What a mini-program and its web view stand in, for the scripts of docs/sign-on.md: wx.request over fetch, a location that remembers.
import { createInterface } from "node:readline/promises";

const [directory, issuer] = process.argv.slice(2);
const posted = [], kept = new Map();
let went, cookies = 0, renewals = 0;

globalThis.sessionStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
globalThis.location = { search: "", set href(address) { went = address; } };
globalThis.wx = {
  miniProgram: { postMessage: ({ data }) => posted.push(data), navigateBack() {} },
  async request({ url, method, header, data, success, fail }) {
    const form = header["content-type"] === "application/x-www-form-urlencoded";
    if (form && data.grant_type === "refresh_token") renewals += 1;
    try {
      const reply = await fetch(url, { method, headers: header, body: form ? new URLSearchParams(data) : JSON.stringify(data) });
      cookies += reply.headers.getSetCookie().length;
      const text = await reply.text();
      success({ statusCode: reply.status, data: text ? JSON.parse(text) : "" });
    } catch (failure) {
      fail({ errMsg: `request:fail ${failure.message}` });
    }
  },
};

const failed = (call) => call.then(() => null, (failure) => failure.message);
const viewer = (token) =>
  new Promise((resolve, reject) =>
    wx.request({
      url: `${issuer}/graphql`,
      method: "POST",
      header: { "content-type": "application/json", authorization: `Bearer ${token}` },
      data: { query: "{ viewer { id } }" },
      success: ({ data }) => resolve(data.data.viewer.id),
      fail: reject,
    }),
  );

globalThis.signIn = (await import(`${directory}/single-page.mjs`)).signIn;
const program = await import(`${directory}/sign-on.mjs`);
const told = { early: await failed(program.token()) };

await import(`${directory}/web-view.mjs?leaving`);
console.log(went);
const lines = createInterface({ input: process.stdin });
location.search = new URL(await lines.question("")).search;
await import(`${directory}/web-view.mjs?coming-back`);

told.forged = await failed(program.arrived({ detail: { data: [{ ...posted[0], state: "another" }] } }));
await program.arrived({ detail: { data: posted } });
told.viewer = await viewer(await program.token());
const now = Date.now;
Date.now = () => now() + 290_000;
const [one, two] = await Promise.all([program.token(), program.token()]);
told.renewedOnce = one === two && renewals === 1;
told.renewed = await viewer(one);
await program.signOut();
told.signedOut = await failed(program.token());
console.log(JSON.stringify({ ...told, cookies }));

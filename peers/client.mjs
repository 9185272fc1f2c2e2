// An independent client: node client.mjs ISSUER REDIRECT; prints where to send a person, reads where they came back, prints what it got.
import { createInterface } from "node:readline/promises";
import * as client from "openid-client";

const [issuer, redirect] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const configuration = await client.discovery(new URL(issuer), "demo-web", { id_token_signed_response_alg: "ES256" }, client.None(), {
  execute: [client.allowInsecureRequests],
});
const verifier = client.randomPKCECodeVerifier();
const state = client.randomState();
const nonce = client.randomNonce();
const address = client.buildAuthorizationUrl(configuration, {
  redirect_uri: redirect,
  scope: "openid resources:read profile:read",
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
  state,
  nonce,
});
console.log(address.href);
const back = new URL((await lines.next()).value);
const tokens = await client.authorizationCodeGrant(configuration, back, {
  pkceCodeVerifier: verifier,
  expectedState: state,
  expectedNonce: nonce,
  idTokenExpected: true,
});
const who = await client.fetchUserInfo(configuration, tokens.access_token, tokens.claims().sub);
const renewed = await client.refreshTokenGrant(configuration, tokens.refresh_token);
await client.tokenRevocation(configuration, renewed.refresh_token);
const again = await client.refreshTokenGrant(configuration, renewed.refresh_token).catch((error) => error.error);
console.log(JSON.stringify({ name: who.name, scope: tokens.scope, rotated: renewed.refresh_token !== tokens.refresh_token, again }));
process.exit(0);

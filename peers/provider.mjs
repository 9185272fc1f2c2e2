// A certified OpenID provider, playing the provider of a province: node provider.mjs CALLBACK; prints the address of its issuer.
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const [callback] = process.argv.slice(2);
const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "huiju",
        client_secret: "a-secret-of-the-peers-test",
        redirect_uris: [callback],
        token_endpoint_auth_method: "client_secret_post",
      },
    ],
    conformIdTokenClaims: false,
    claims: { openid: ["sub", "role", "school"], profile: ["name"] },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: "示例教师（认证软件）", role: "T", school: "4133010001" }),
    }),
    features: { devInteractions: { enabled: true } },
  });
  server.on("request", provider.callback());
  console.log(issuer);
});

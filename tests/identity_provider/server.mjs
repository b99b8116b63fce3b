// A certified OpenID Connect provider on loopback, with the people that a test says there are.
//
//   node server.mjs --port 4000 --redirect http://app.test/api/auth/callback/idp [--redirect …]
//
// Whoever names a known person as login hint is signed in and agrees to everything; others get a page to choose on.
// POST /control {"people": {"ada": {"email": …}}, "rotate": true, "lifetime": 60} changes what is so from now on.

import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { exportJWK, generateKeyPair } from "jose";
import Provider from "oidc-provider";

const { values: args } = parseArgs({
  options: {
    port: { type: "string" },
    redirect: { type: "string", multiple: true },
  },
});
const issuer = `http://127.0.0.1:${args.port}`;
const control = { people: {}, lifetime: 3600 };
let keyNumber = 0;
let provider;

const client = (id, more) => ({
  client_id: id,
  client_secret: `${id}-secret`,
  redirect_uris: args.redirect,
  post_logout_redirect_uris: args.redirect.map((url) => new URL("/goodbye", url).toString()),
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
  ...more,
});

async function build() {
  const pair = await generateKeyPair("RS256", { extractable: true });
  const key = { ...(await exportJWK(pair.privateKey)), kid: `key-${++keyNumber}`, alg: "RS256", use: "sig" };
  provider = new Provider(issuer, {
    clients: [
      client("basic", { token_endpoint_auth_method: "client_secret_basic" }),
      client("post", { token_endpoint_auth_method: "client_secret_post" }),
      client("public", { token_endpoint_auth_method: "none", client_secret: undefined }),
    ],
    jwks: { keys: [key] },
    cookies: { keys: ["not a secret"] },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "picture"] },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
    issueRefreshToken: async () => true,
    rotateRefreshToken: true,
    pkce: { required: () => true },
    ttl: { AccessToken: () => control.lifetime, IdToken: 3600, RefreshToken: 86400, Grant: 86400, Session: 60, Interaction: 600 },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, sub) =>
      sub in control.people
        ? { accountId: sub, claims: () => ({ sub, ...control.people[sub] }) }
        : undefined,
    renderError: (ctx, out) => {
      ctx.type = "html";
      ctx.body = `<!doctype html><title>Error</title><p id="error">${out.error}: ${out.error_description ?? ""}</p>`;
    },
  });
}

async function interact(req, res, url) {
  const details = await provider.interactionDetails(req, res);
  const asked = url.searchParams.get("login") ?? details.params.login_hint;
  if (url.searchParams.has("deny")) {
    const result = { error: "access_denied", error_description: "The person said no" };
    return provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false });
  }
  if (!(asked in control.people)) {
    res.writeHead(200, { "content-type": "text/html" });
    return res.end(page(details.uid));
  }
  const grant = new provider.Grant({ accountId: asked, clientId: details.params.client_id });
  grant.addOIDCScope("openid email profile offline_access");
  const result = { login: { accountId: asked, remember: false }, consent: { grantId: await grant.save() } };
  return provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false });
}

const page = (uid) => `<!doctype html><html lang="en"><title>Identity provider</title><h1>Who are you?</h1>
${Object.keys(control.people).map((name) => `<p><a href="/interaction/${uid}?login=${encodeURIComponent(name)}">${name}</a></p>`).join("")}
<p><a href="/interaction/${uid}?deny">Nobody</a></p>`;

await build();
createServer(async (req, res) => {
  const url = new URL(req.url, issuer);
  try {
    if (url.pathname === "/control") {
      let body = "";
      for await (const chunk of req) body += chunk;
      const { rotate, ...changes } = JSON.parse(body || "{}");
      Object.assign(control, changes);
      if (rotate) await build();
      res.writeHead(200, { "content-type": "application/json" });
      return res.end("{}");
    }
    if (url.pathname.startsWith("/interaction/")) return await interact(req, res, url);
    return await provider.callback()(req, res);
  } catch (error) {
    res.writeHead(500, { "content-type": "text/plain" });
    return res.end(String(error));
  }
}).listen(Number(args.port), "127.0.0.1", () => console.log("ready"));

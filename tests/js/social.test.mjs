import assert from "node:assert/strict";
import { test } from "node:test";
import { createAuthClient } from "better-auth/client";
import { createAuthClient as createNewerAuthClient } from "better-auth-newer/client";
import { browserFetch } from "./browser.mjs";

const origin = process.env.BASE_URL;
const issuer = process.env.OIDC_ISSUER;

/** The value of a call that must succeed. */
function value({ data, error }) {
  assert.equal(error, null, JSON.stringify(error));
  return data;
}

/** Somebody signs in at the provider and agrees; where the provider sends the browser. */
async function agree(url, subject) {
  const there = browserFetch(issuer);
  let next = `${url}&login_hint=${subject}`;
  for (let step = 0; next.startsWith(issuer); step++) {
    assert.ok(step < 10, `the provider goes round in circles: ${next}`);
    const answer = await there(next, { redirect: "manual" });
    next = new URL(answer.headers.get("location"), next).toString();
  }
  return next;
}

for (const [name, create] of [
  ["better-auth", createAuthClient],
  ["better-auth-newer", createNewerAuthClient],
]) {
  const subject = name;
  const browse = browserFetch(origin);
  const client = create({ baseURL: `${origin}/api/auth`, fetchOptions: { customFetchImpl: browse } });
  const land = async (url) => (await browse(url, { redirect: "manual" })).headers.get("location");

  test(`${name}: through a provider, and back`, async () => {
    const begun = value(await client.signIn.social({ provider: "idp", callbackURL: "/home", disableRedirect: true }));

    assert.equal(await land(await agree(begun.url, subject)), "/home");

    const { user } = value(await client.getSession());
    assert.equal(user.email, `${name}@people.test`);
    const [account] = value(await client.listAccounts());
    assert.equal(account.providerId, "idp");
    assert.deepEqual(account.scopes, ["openid", "email", "profile"]);
    const tokens = value(await client.getAccessToken({ accountId: account.id }));
    assert.ok(tokens.accessToken && tokens.accessTokenExpiresAt instanceof Date);
    const renewed = value(await client.refreshToken({ accountId: account.id }));
    assert.notEqual(renewed.accessToken, tokens.accessToken);
    const info = value(await client.accountInfo({ query: { accountId: account.id } }));
    assert.equal(info.data.sub, subject);
  });

  test(`${name}: linking another account, and unlinking it`, async () => {
    const begun = value(await client.linkSocial({ provider: "other", callbackURL: "/settings", disableRedirect: true }));

    assert.equal(await land(await agree(begun.url, subject)), "/settings");

    const accounts = value(await client.listAccounts());
    assert.deepEqual(accounts.map((account) => account.providerId).sort(), ["idp", "other"]);
    const other = accounts.find((account) => account.providerId === "other");
    assert.equal(value(await client.unlinkAccount({ accountId: other.id })).status, true);
    assert.equal(value(await client.listAccounts()).length, 1);
  });

  test(`${name}: signing out leads to the provider`, async () => {
    const { url } = value(await client.signOut());

    assert.ok(url.startsWith(`${issuer}/session/end?id_token_hint=`));
    assert.equal(value(await client.getSession()), null);
  });
}

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { createAuthClient } from "better-auth/client";
import { createAuthClient as createNewerAuthClient } from "better-auth-newer/client";
import { browserFetch } from "./browser.mjs";

const origin = process.env.BASE_URL;
const versionOf = async (name) =>
  JSON.parse(await readFile(new URL(`node_modules/${name}/package.json`, import.meta.url), "utf8")).version;

/** The value of a call that must succeed. */
function value({ data, error }) {
  assert.equal(error, null, JSON.stringify(error));
  return data;
}

for (const [name, create] of [
  ["better-auth", createAuthClient],
  ["better-auth-newer", createNewerAuthClient],
]) {
  const version = await versionOf(name);
  const email = `${name}@example.test`;
  const password = "correct horse battery";
  const visitor = () =>
    create({ baseURL: `${origin}/api/auth`, fetchOptions: { customFetchImpl: browserFetch(origin) } });

  test(`client ${version}: an account's whole day`, async (day) => {
    const laptop = visitor();
    const phone = visitor();

    await day.test("a visitor has no session", async () => {
      assert.equal(value(await laptop.getSession()), null);
    });

    await day.test("signing up signs in", async () => {
      const { user, token } = value(await laptop.signUp.email({ name: "Ada", email, password }));

      assert.equal(user.email, email);
      assert.equal(user.emailVerified, false);
      assert.ok(token);
    });

    await day.test("the session is read back, with dates as dates", async () => {
      const { user, session } = value(await laptop.getSession());

      assert.equal(user.name, "Ada");
      assert.equal(session.userId, user.id);
      assert.ok(session.expiresAt instanceof Date && session.expiresAt > new Date());
    });

    await day.test("a wrong password is refused with the documented code", async () => {
      const { data, error } = await phone.signIn.email({ email, password: "wrong horse battery" });

      assert.equal(data, null);
      assert.equal(error.status, 401);
      assert.equal(error.code, "INVALID_EMAIL_OR_PASSWORD");
    });

    await day.test("a second device signs in", async () => {
      const { redirect, user } = value(await phone.signIn.email({ email, password }));

      assert.equal(redirect, false);
      assert.equal(user.email, email);
    });

    await day.test("a changed name is seen by both", async () => {
      assert.deepEqual(value(await laptop.updateUser({ name: "Ada L." })), { status: true });

      assert.equal(value(await laptop.getSession()).user.name, "Ada L.");
      assert.equal(value(await phone.getSession()).user.name, "Ada L.");
    });

    await day.test("both sessions are listed", async () => {
      const sessions = value(await laptop.listSessions());

      assert.equal(sessions.length, 2);
    });

    await day.test("signing out ends this session and no other", async () => {
      assert.deepEqual(value(await phone.signOut()), { success: true });

      assert.equal(value(await phone.getSession()), null);
      assert.equal(value(await laptop.getSession()).user.email, email);
      assert.equal(value(await laptop.listSessions()).length, 1);
    });
  });
}

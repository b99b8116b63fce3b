// Reads cookie caches as services built on the reference do: a list of requests on stdin, what it makes of them on stdout.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const packages = createRequire(join(process.argv[2], "package.json"));
const { getCookieCache } = await import(pathToFileURL(packages.resolve("better-auth/cookies")));

let text = "";
for await (const chunk of process.stdin) text += chunk;
const found = [];
for (const { cookie, secret, strategy } of JSON.parse(text)) {
  const headers = new Headers({ cookie });
  found.push(await getCookieCache(headers, { secret, strategy, isSecure: false }));
}
console.log(JSON.stringify(found));

import { CookieJar } from "tough-cookie";

/** A fetch that keeps cookies and sends an Origin header, as a browser on the same site does. */
export function browserFetch(origin, send = fetch) {
  const jar = new CookieJar();
  return async (input, init = {}) => {
    const request = new Request(input, init);
    const headers = new Headers(request.headers);
    headers.set("origin", origin);
    const cookies = await jar.getCookieString(request.url);
    if (cookies) headers.set("cookie", cookies);
    const response = await send(request, { headers });
    for (const line of response.headers.getSetCookie()) await jar.setCookie(line, request.url);
    return response;
  };
}

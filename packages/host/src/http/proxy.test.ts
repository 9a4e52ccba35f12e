import { describe, expect, test } from "vitest";
import { parseProxy } from "./proxy.ts";

const at = (host: string, port: number, login: { user: string; password: string } | null = null) => ({
  ok: true,
  value: { host, port, login },
});

describe("a proxy's address", () => {
  test.each([
    ["socks5h://127.0.0.1:9050", at("127.0.0.1", 9050)],
    ["SOCKS5H://localhost:1", at("localhost", 1)],
    ["socks5h://[::1]:9050/", at("::1", 9050)],
    ["socks5h://ada:s3cret@proxy.example:65535", at("proxy.example", 65535, { user: "ada", password: "s3cret" })],
    ["socks5h://a%3Ab:%25%40@h:1080", at("h", 1080, { user: "a:b", password: "%@" })],
    [`socks5h://${"u".repeat(255)}:p@h:1`, at("h", 1, { user: "u".repeat(255), password: "p" })],
  ])("%s is one", (text, proxy) => expect(parseProxy(text)).toEqual(proxy));

  test.each([
    ["socks5://127.0.0.1:9050", "resolves-here"],
    ["socks4://127.0.0.1:9050", "resolves-here"],
    ["socks://127.0.0.1:9050", "resolves-here"],
    ["socks4a://127.0.0.1:9050", "not-socks5h"],
    ["http://127.0.0.1:8080", "not-socks5h"],
    ["https://127.0.0.1:8080", "not-socks5h"],
    ["", "not-an-address"],
    ["127.0.0.1:9050", "not-an-address"],
    ["socks5h://", "not-an-address"],
    ["socks5h://:9050", "not-an-address"],
    ["socks5h://127.0.0.1", "not-an-address"],
    ["socks5h://127.0.0.1:0", "not-an-address"],
    ["socks5h://127.0.0.1:65536", "not-an-address"],
    ["socks5h://127.0.0.1:9050/path", "not-an-address"],
    ["socks5h://127.0.0.1:9050?a=b", "not-an-address"],
    ["socks5h://127.0.0.1:9050#a", "not-an-address"],
    ["socks5h://ada@127.0.0.1:9050", "not-an-address"],
    ["socks5h://:s3cret@127.0.0.1:9050", "not-an-address"],
    ["socks5h://%zz:s3cret@127.0.0.1:9050", "not-an-address"],
    [`socks5h://${"u".repeat(256)}:p@h:1`, "not-an-address"],
  ])("%s is none: %s", (text, reason) => expect(parseProxy(text)).toEqual({ ok: false, reason }));
});

/** Goods certified over HTTP by a certifier that takes nobody's word: honest ones, each lie, and what is left behind. */
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DAY_MS, decode, toHex } from "@counterfoil/base";
import { open, PIECE_BYTES } from "@counterfoil/crypto";
import { Refused } from "@counterfoil/host";
import { certifierAnswer, notCertifiedSchema, registerRequest, struckSchema } from "@counterfoil/protocols/certifying";
import { certificateSchema, goodsPointOf, makeEscrow } from "@counterfoil/protocols/contract";
import type { Listing } from "@counterfoil/protocols/exchange";
import {
  type CertifierDoor,
  certificateOfListing,
  certificationBy,
  certifierHere,
  pendingContentPath,
  readRegistrations,
  reviewRegistration,
} from "@counterfoil/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Bench, filesIn, groupOf, openBench } from "./certifier/bench.ts";

const CONTENT = "The thing itself, which nobody but its buyers and the certifier is to see.\n".repeat(3);
let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(async () => {
  expect(bench.bugs).toEqual([]);
  await bench.close();
});

describe("an honest shop", () => {
  test("gets a certificate that anyone can read, and nothing of the goods stays behind", async () => {
    const listing = await bench.prepare(CONTENT);
    const certified = await bench.certify(listing);
    if (certified.kind !== "certified") throw new Error(certified.kind);
    const { crypto, certifier, client, shop, certifierFolder } = bench;
    const opened = open(crypto, certificateSchema, certified.listing.certificate, () => certifier.key);
    expect(opened.ok && opened.value.value).toEqual(certificateOfListing(listing));
    const { outcome } = await shop.hosted.submit({ kind: "list", listing: certified.listing });
    expect(outcome.kind).toBe("done");
    const page = (await client.getJson("/v1/certificates")) as { certificates: { certHash: string; pid: string }[] };
    const { pid } = certificateOfListing(listing);
    const [shown] = page.certificates.filter((each) => each.pid === pid);
    const certificate = toHex(certified.listing.certificate);
    expect(await client.getJson(`/v1/certificates/${shown?.certHash}`)).toMatchObject({ pid, certificate });
    const { point, scalar } = goodsPointOf(crypto, shop.config.seed, listing.registration);
    const secrets = [Buffer.from(point), Buffer.from(scalar), toHex(point), toHex(scalar), CONTENT.slice(0, 40)];
    for (const { path, bytes } of filesIn(certifierFolder)) {
      for (const secret of secrets) expect(bytes.includes(secret), path).toBe(false);
    }
    for (const place of ["uploads", "work", "review"]) expect(readdirSync(join(certifierFolder, place))).toEqual([]);
  });

  test("gets one in the same process as well", async () => {
    const listing = await bench.prepare("another thing");
    const certified = await bench.certify(listing, certifierHere(bench.certifier));
    expect(certified.kind).toBe("certified");
  });

  test("goes on where an upload broke off, also when the certifier was started again", async () => {
    const large = Buffer.alloc(5 * PIECE_BYTES + 17, "not so small ");
    let at = await openBench();
    try {
      const listing = await at.prepare(large);
      const sent: number[] = [];
      const counted = (door: CertifierDoor, most: number): CertifierDoor => ({
        ...door,
        async putPiece(pid, index, piece) {
          if (sent.length >= most) throw new Error("the line broke");
          await door.putPiece(pid, index, piece);
          sent.push(index);
        },
      });
      await expect(at.certify(listing, counted(at.door, 2))).rejects.toThrow("the line broke");
      at = await at.restart();
      expect((await at.certify(listing, counted(at.door, 99))).kind).toBe("certified");
      expect(sent).toEqual([0, 1, 2, 3, 4, 5]);
      // Decided: the same question is answered without a byte of the file.
      expect((await at.certify(listing, counted(at.door, 0))).kind).toBe("certified");
    } finally {
      await at.close();
    }
  });

  test("says nothing secret to whoever reads along", async () => {
    const listing = await bench.prepare("a third thing");
    const said: Uint8Array[] = [];
    const overheard = {
      ...bench.door,
      post: (message: Uint8Array) => {
        said.push(message);
        return bench.door.post(message);
      },
      putPiece: (pid: string, index: number, piece: Uint8Array) => {
        said.push(piece);
        return bench.door.putPiece(pid, index, piece);
      },
    };
    await bench.certify(listing, overheard);
    const { point, scalar } = goodsPointOf(bench.crypto, bench.shop.config.seed, listing.registration);
    const heard = Buffer.concat(said);
    for (const secret of [
      Buffer.from(point),
      Buffer.from(scalar),
      Buffer.from("a third thing"),
      Buffer.from(listing.title),
    ]) {
      expect(heard.includes(secret)).toBe(false);
    }
    expect(heard.includes(Buffer.from(registerRequest.domain))).toBe(true);
  });
});

describe("a file that is not what these goods make is refused", () => {
  const CASES: readonly (readonly [string, string, (file: Buffer) => Buffer])[] = [
    ["garbage", "not age", (file) => Buffer.alloc(file.length, 7)],
    ["armour", "armoured", (file) => Buffer.from(`-----BEGIN AGE ENCRYPTED FILE-----\n${file.toString("base64")}`)],
    ["another stanza", "extra stanza", (file) => withStanza(file)],
    ["a last chunk of one bit less", "wrong chunk", (file) => flipped(file, file.length - 1)],
    ["a header of one letter else", "wrong header", (file) => flipped(file, 40)],
  ];

  test.each(CASES)("%s", async (_, words, spoil) => {
    const listing = await bench.prepare(CONTENT);
    const honest = readFileSync(bench.fileOf(listing));
    const spoilt = Buffer.alloc(honest.length);
    spoil(honest).copy(spoilt); // of the very length that the content makes
    const lie = await bench.about(listing, spoilt);
    const refused = await bench.certify(lie);
    expect(refused).toEqual({ kind: "refused", reason: "wrong-file", words: `The file does not open: ${words}.` });
    expect(await bench.certify(lie)).toEqual(refused);
  });

  test("a byte behind it", async () => {
    const listing = await bench.prepare(CONTENT);
    const honest = certificateOfListing(listing);
    const certificate = await provedAnew(listing, { fileBytes: honest.fileBytes + 1 });
    expect(await reasonOf(await bench.tell({ certificate }, listing))).toBe("wrong-size");
  });

  test("a file that another P opens", async () => {
    const [one, two] = [await bench.prepare("one"), await bench.prepare("two")];
    const theirs = certificateOfListing(two);
    const { keyCommitment, contentHash, root } = theirs;
    const certificate = await provedAnew(one, { keyCommitment, contentHash, root });
    expect(await reasonOf(await bench.tell({ certificate }, one))).toBe("awaiting");
    await bench.door.putPiece(certificate.pid, 0, readFileSync(bench.fileOf(two)));
    expect(await reasonOf(await bench.tell({ certificate }, one))).toBe("wrong-file");
  });

  function flipped(file: Buffer, at: number): Buffer {
    const changed = Buffer.from(file);
    changed[at] = (changed[at] as number) ^ 1;
    return changed;
  }

  function withStanza(file: Buffer): Buffer {
    const first = file.indexOf("-> X25519");
    const mac = file.indexOf("---");
    return Buffer.concat([file.subarray(0, mac), file.subarray(first, mac), file.subarray(mac)]);
  }
});

describe("what the shop says of itself", () => {
  test("another a, another P, the escrow of another product, a foreign group, a foreign pid", async () => {
    const listing = await bench.prepare("thing");
    const stranger = goodsPointOf(bench.crypto, bench.shop.config.seed, "11".repeat(32));
    const said = async (told: Parameters<Bench["tell"]>[0]) => reasonOf(await bench.tell(told, listing));
    expect(await said({ scalar: toHex(stranger.scalar) })).toBe("wrong-escrow");
    expect(await said({ point: toHex(stranger.point) })).toBe("wrong-escrow");
    expect(await said({ point: "00".repeat(32) })).toBe("wrong-point");
    const other = certificateOfListing(await bench.prepare("other"));
    const own = certificateOfListing(listing);
    expect(await said({ certificate: { ...own, escrow: other.escrow } })).toBe("wrong-escrow");
    expect(await said({ certificate: other })).toBe("wrong-registration");
    const foreign = groupOf(bench.crypto, "nobody the certifier serves", bench.ports.clock() + DAY_MS);
    const { group, groupKey } = foreign;
    expect(await said({ certificate: await provedAnew(listing, { group, groupKey }) })).toBe("wrong-group");
  });

  test("the same P again", async () => {
    const first = await bench.prepare("thing");
    expect((await bench.certify(first)).kind).toBe("certified");
    const second = await bench.prepare("thing");
    const goods = goodsPointOf(bench.crypto, bench.shop.config.seed, first.registration);
    const { escrow: _, ...label } = certificateOfListing(second);
    const certificate = { ...label, escrow: makeEscrow(bench.crypto, label, goods) };
    const told = { point: toHex(goods.point), scalar: toHex(goods.scalar), certificate };
    expect(await reasonOf(await bench.tell(told, second))).toBe("point-registered");
  });

  test("a picture that is none, and nothing at all", async () => {
    const text = await bench.prepare("no picture", { fileName: "thing.png" });
    expect(await bench.certify(text)).toEqual({
      kind: "refused",
      reason: "wrong-media-type",
      words: "The content is not image/png.",
    });
    expect(await bench.certify(await bench.prepare(""))).toMatchObject({ kind: "refused", reason: "empty" });
  });

  test("a group that sells no longer is not even asked for", async () => {
    const over = bench.ports.clock() + 101 * DAY_MS;
    expect(() => certificationBy(bench.crypto, bench.terms, over)).toThrow("none that still sells");
  });
});

describe("the way in", () => {
  test("takes the registered pieces and no others, of registrations that wait for them", async () => {
    const listing = await bench.prepare(Buffer.alloc(2 * PIECE_BYTES, "x"));
    const { pid } = certificateOfListing(listing);
    const file = readFileSync(bench.fileOf(listing));
    const piece = file.subarray(0, PIECE_BYTES);
    const status = (put: Promise<void>) =>
      put.then(
        () => 200,
        (error: unknown) => (error instanceof Refused ? error.status : error),
      );
    const { client } = bench;
    const at = `/v1/registrations/${pid}/pieces`;
    expect(await status(client.put(`${at}/0`, piece))).toBe(404);
    await bench.tell({}, listing);
    expect(await bench.door.missing(pid)).toEqual({ list: true, pieces: [] });
    expect(await status(client.put(`${at}/0`, piece)), "before the list").toBe(409);
    expect(await status(client.put(at, Buffer.alloc(96)))).toBe(409);
    const uploads = join(bench.certifierFolder, "uploads");
    expect(readdirSync(uploads).filter((name) => name.startsWith(pid))).toEqual([]);
    await bench.door.putList(pid, readFileSync(bench.fileOf(listing).replace(/age$/, "pieces")));
    expect(await status(client.put(`${at}/1`, piece)), "in another place").toBe(409);
    expect(await status(client.put(`${at}/0`, piece.subarray(1))), "cut short").toBe(409);
    expect(await status(client.put(`${at}/9`, piece))).toBe(409);
    expect(await status(client.put(`${at}/0`, Buffer.alloc(PIECE_BYTES + 1)))).toBe(413);
    expect(await status(client.put(`${at}/0`, piece))).toBe(200);
    expect(await bench.door.missing(pid)).toEqual({ list: false, pieces: [1, 2] });
    expect(filesIn(uploads).map(({ mode }) => mode)).toEqual([0o600, 0o600]);
  });

  test("takes nothing of a registration that is decided", async () => {
    const listing = await bench.prepare("small");
    const { pid } = certificateOfListing(listing);
    expect((await bench.certify(listing)).kind).toBe("certified");
    const again = bench.client.put(`/v1/registrations/${pid}/pieces/0`, readFileSync(bench.fileOf(listing)));
    await expect(again).rejects.toMatchObject({ status: 404, reason: "not-awaited" });
    await expect(bench.door.missing(pid)).rejects.toMatchObject({ status: 404 });
  });

  test("forgets a file that never came whole", async () => {
    const at = await openBench();
    try {
      const listing = await at.prepare(Buffer.alloc(2 * PIECE_BYTES, "y"));
      const { pid } = certificateOfListing(listing);
      await at.tell({}, listing);
      await at.door.putList(pid, readFileSync(at.fileOf(listing).replace(/age$/, "pieces")));
      at.advance(2 * DAY_MS);
      const again = await at.restart();
      await again.certifier.hosted.drain();
      await again.certifier.hosted.submit({ kind: "give-up", pid });
      expect(await again.certifier.awaited(pid)).toBeNull();
      await again.tell({}, await again.prepare("another"));
      expect(readdirSync(join(again.certifierFolder, "uploads"))).toEqual([]);
      await again.close();
    } catch (error) {
      await at.close();
      throw error;
    }
  });
});

describe("who looks", () => {
  test("a program: it is given the content and its description, and decides", async () => {
    const at = await openBench();
    const program = join(at.folder, "look.sh");
    const write = (body: string) => {
      writeFileSync(program, `#!/bin/sh\n${body}\n`);
      chmodSync(program, 0o700);
    };
    write("exit 0");
    const looking = await at.restart({ program });
    expect(looking.terms.looks).toBe("program");
    const seen = join(at.folder, "seen");
    const ask = async (body: string) => {
      write(body);
      return looking.certify(await looking.prepare(CONTENT));
    };
    expect((await ask(`cat "$1" > ${seen}; stat -c %a "$1" >> ${seen}; cat >> ${seen}; env >> ${seen}`)).kind).toBe(
      "certified",
    );
    const told = readFileSync(seen, "utf8");
    expect(told.startsWith(`${CONTENT}600\n{`)).toBe(true);
    expect(told).toContain('"title":"A thing"');
    expect(told).not.toContain("HOME=");
    const no = await ask("echo 'Not what\tit says.'; exit 1");
    expect(no).toEqual({ kind: "refused", reason: "wrong-description", words: "Not what it says." });
    expect((await ask("exit 127")).kind).toBe("unchecked");
    expect((await ask("kill -9 $$")).kind).toBe("unchecked");
    chmodSync(program, 0o600);
    const listing = await looking.prepare(CONTENT);
    expect((await looking.certify(listing)).kind).toBe("unchecked");
    write("exit 0");
    expect((await looking.certify(listing)).kind, "the file is still there").toBe("certified");
    expect(readdirSync(join(looking.certifierFolder, "work"))).toEqual([]);
    expect(looking.bugs).toEqual([]);
    await looking.close();
  });

  test("a person: the content waits for one, readable by nobody else, and is gone afterwards", async () => {
    const at = await openBench({ review: true });
    const key = at.certifier.config.key;
    const [good, bad] = [await at.prepare("good"), await at.prepare("bad")];
    for (const listing of [good, bad]) expect((await at.certify(listing)).kind).toBe("pending");
    const path = (listing: Listing) => pendingContentPath(at.certifierFolder, certificateOfListing(listing).pid);
    expect(filesIn(join(at.certifierFolder, "review")).map(({ mode }) => mode)).toEqual([0o600, 0o600]);
    expect(readFileSync(path(good), "utf8")).toBe("good");
    const review = (listing: Listing, approved: boolean, words = "") => {
      const { pid } = certificateOfListing(listing);
      const door = (message: Uint8Array) => at.client.post(message);
      return reviewRegistration(at.crypto, key, door, { pid, approved, words }, at.ports.clock());
    };
    await review(good, true);
    await review(bad, false, "It is bad.");
    expect([existsSync(path(good)), existsSync(path(bad))]).toEqual([false, false]);
    expect((await at.certify(good)).kind).toBe("certified");
    expect(await at.certify(bad)).toEqual({ kind: "refused", reason: "wrong-description", words: "It is bad." });
    await expect(review(bad, true)).rejects.toThrow("waits for a person");
    expect((await readRegistrations(at.certifierFolder)).map(([, { phase }]) => phase).sort()).toEqual([
      "approved",
      "refused",
    ]);
    await at.close();
  });

  test("what a crash has left is gone when the certifier begins again", async () => {
    const at = await openBench({ review: true });
    const pending = await at.prepare("pending");
    await at.certify(pending);
    const places = ["work", "review", "uploads"].map((each) => join(at.certifierFolder, each));
    for (const place of places) writeFileSync(join(place, `${"ab".repeat(32)}.opened`), "left");
    const again = await at.restart();
    const left = places.flatMap((place) => readdirSync(place));
    expect(left).toEqual([`${certificateOfListing(pending).pid}.content`]);
    await again.close();
  });
});

test("a struck merchant is off the catalogue, on the signed list, and registers nothing", async () => {
  const at = await openBench();
  const listing = await at.prepare("thing");
  expect((await at.certify(listing)).kind).toBe("certified");
  const merchant = at.shop.key;
  await at.certifier.hosted.submit({ kind: "strike", merchant, evidence: Uint8Array.of(1, 2, 3) });
  const page = (await at.client.getJson("/v1/certificates")) as { certificates: unknown[] };
  expect(page.certificates).toEqual([]);
  const { struck } = (await at.client.getJson("/v1/struck")) as { struck: string };
  const signed = open(at.crypto, struckSchema, Buffer.from(struck, "hex"), () => at.certifier.key);
  expect(signed.ok && signed.value.value).toMatchObject({ upTo: null, strikes: [{ merchant }] });
  expect(await at.certify(await at.prepare("more"))).toMatchObject({ kind: "refused", reason: "struck" });
  await at.close();
});

test("the shop believes no certificate but the one it asked for", async () => {
  const [listing, other] = [await bench.prepare("thing"), await bench.prepare("other")];
  const certified = await bench.certify(other);
  if (certified.kind !== "certified") throw new Error(certified.kind);
  const answer = await bench.tell({}, other);
  const swapped = { ...bench.door, post: async () => answer };
  await expect(bench.certify(listing, swapped)).rejects.toThrow("not one to what was asked");
});

/** The certificate with other figures, and the proof about them. */
async function provedAnew(listing: Listing, changes: Partial<ReturnType<typeof certificateOfListing>>) {
  const { escrow: _, ...label } = { ...certificateOfListing(listing), ...changes };
  const goods = goodsPointOf(bench.crypto, bench.shop.config.seed, listing.registration);
  return { ...label, escrow: makeEscrow(bench.crypto, label, goods) };
}

async function reasonOf(bytes: Uint8Array): Promise<string> {
  const answer = decode(certifierAnswer, bytes);
  if (!answer.ok) throw new Error(answer.reason);
  if (answer.value.kind !== "refused") return answer.value.kind;
  const refusal = open(bench.crypto, notCertifiedSchema, answer.value.refusal, () => bench.certifier.key);
  return refusal.ok ? refusal.value.value.reason : refusal.reason;
}

/** A ceremony with a dealer whose commitments are no points: every trustee refuses the set, and the next ceremony stands. */
import { DAY_MS, decode, encode, type Hex, HOUR_MS, MINUTE_MS } from "@counterfoil/base";
import {
  type Crypto,
  commitmentsTo,
  KDF,
  provePossession,
  raw,
  type SigningKey,
  scalarOf,
  sign,
} from "@counterfoil/crypto";
import { type WireClient, wireClient } from "@counterfoil/host";
import {
  beginRequest,
  type Ceremony,
  type CeremonyTerms,
  ceremonyOf,
  commitSchema,
  hashCommitments,
  hear,
  revealSchema,
  roundRequest,
  trusteeAnswer,
} from "@counterfoil/protocols/trustees";
import { conveneGroup, newNonce, trusteeDoorAt } from "@counterfoil/sdk";
import { makeBuyer } from "../buying.ts";
import { judge, NEITHER, type Verdict } from "../judge.ts";
import { must } from "../liar.ts";
import { edit, type Scenario } from "../scenario.ts";
import type { World } from "../world.ts";
import { said, TOO_HIGH, ZERO } from "./strangers.ts";

const ANY_COMMITMENTS = edit(
  "crypto/src/threshold.ts",
  `    commitments.length > 0 &&
    commitments.every((point) => crypto.group.isPoint(point)) &&
    proves(`,
  `    commitments.length > 0 &&
    proves(`,
);

type Door = Awaited<ReturnType<typeof trusteeDoorAt>>;

async function dealsNoPoints(world: World): Promise<Verdict> {
  const clients = (await trusteeUrls(world)).map((url) => wireClient(url));
  const doors = await Promise.all(clients.map((client) => trusteeDoorAt(client)));
  const words: string[] = [];
  for (const commitment of [ZERO, TOO_HIGH]) words.push(...(await dealing(world, doors, commitment)));
  const sellUntilMs = world.ports.clock() + 30 * DAY_MS;
  const group = await conveneGroup(world.ports, doors, { threshold: 2, sellUntilMs, claimWindowMs: HOUR_MS });
  for (const client of clients) client.close();
  const verdict = await judge(world, await makeBuyer(world, "buyer"), { goods: false });
  const left = group.leftOut.map((name) => `${name} is left out`);
  return { ...verdict, faults: [...verdict.faults, ...new Set(said(words, "wrong-message")), ...left] };
}

export async function trusteeUrls({ marketUrl }: World): Promise<readonly string[]> {
  const client: WireClient = wireClient(marketUrl);
  const market = (await client.getJson("/v1/market")) as { trustees: { urls: string[] }[] };
  client.close();
  return market.trustees.flatMap(({ urls }) => urls);
}

/** What each trustee says to a set in which the convener, who is a dealer too, has put a polynomial that is none. */
async function dealing(world: World, doors: readonly Door[], commitment: Hex): Promise<readonly string[]> {
  const { crypto, clock } = world.ports;
  const key = crypto.signingKey(raw(newNonce()));
  const sellUntilMs = clock() + 30 * DAY_MS;
  const terms: CeremonyTerms = {
    ...{ members: [...doors.map((door) => door.key), key.publicKey], threshold: 2, claimWindowMs: HOUR_MS },
    ...{ sellUntilMs, answerUntilMs: sellUntilMs + DAY_MS, endsMs: clock() + 10 * MINUTE_MS, nonce: newNonce() },
  };
  const begun = await askAll(doors, encode(beginRequest, { terms }));
  const first = ceremonyOf(crypto, terms);
  const own = [...commitmentsTo(crypto, [ONE]).map((point) => Buffer.from(point).toString("hex")), commitment];
  const commits = [...begun.map(messageIn), commit(crypto, key, first, own)];
  const second = must(hear(crypto, first, commits));
  const dealt = await askAll(doors, encode(roundRequest, { ceremony: first.id, round: 1, messages: commits }));
  const reveals = [...dealt.map(messageIn), reveal(crypto, key, second, own)];
  const answers = await askAll(doors, encode(roundRequest, { ceremony: first.id, round: 2, messages: reveals }));
  return answers.map((answer) => (answer.kind === "declined" ? answer.reason : answer.kind));
}

const ONE = scalarOf(1);

function commit(crypto: Crypto, key: SigningKey, ceremony: Ceremony, own: readonly Hex[]): Uint8Array {
  const commitments = hashCommitments(crypto, ceremony.id, key.publicKey, own);
  const box = crypto.boxKey(KDF(crypto, raw(ceremony.id), "a liar's box", new Uint8Array(0))).publicKey;
  return sign(crypto, key, commitSchema, { ...speaker(key, ceremony), commitments, box });
}

/** The possession is proved of the very commitments that are shown. */
function reveal(crypto: Crypto, key: SigningKey, ceremony: Ceremony, own: readonly Hex[]): Uint8Array {
  const dealer = { ceremony: raw(ceremony.id), dealer: ceremony.terms.members.length };
  const shares = ceremony.commits.map(({ box }) => crypto.seal(box, ONE));
  const possession = provePossession(ofPoints(crypto, own), dealer, [ONE, ONE]);
  return sign(crypto, key, revealSchema, { ...speaker(key, ceremony), commitments: own, possession, shares });
}

/** A group in which the multiples of the base are what one likes them to be: first f₀G, which is true, then the lie. */
function ofPoints(crypto: Crypto, own: readonly Hex[]): Crypto {
  let made = 0;
  const base: Crypto["group"]["base"] = (scalar) => {
    const lie = own[made++];
    return lie === undefined ? crypto.group.base(scalar) : raw(lie);
  };
  return { ...crypto, group: { ...crypto.group, base } };
}

function speaker(key: SigningKey, { id, soFar }: Ceremony) {
  return { ceremony: id, trustee: key.publicKey, previous: soFar };
}

async function askAll(doors: readonly Door[], message: Uint8Array) {
  return Promise.all(doors.map(async (door) => must(decode(trusteeAnswer, await door.post(message)))));
}

function messageIn(answer: Awaited<ReturnType<typeof askAll>>[number]): Uint8Array {
  if (answer.kind !== "said") throw new Error(`a trustee says ${answer.kind}`);
  return answer.said;
}

export const CEREMONIES: readonly Scenario[] = [
  {
    name: "P§7D: the identity, and what is no point, dealt in a ceremony",
    check: { at: "market", without: [ANY_COMMITMENTS] },
    act: dealsNoPoints,
    ends: NEITHER,
    wrong: { goods: false, money: false, faults: ["said was said, not wrong-message"] },
  },
];

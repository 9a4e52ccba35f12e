/** The whole judgement on two chosen files: the verdict, the statements that it rests on, and whose word is taken for what. */
import { MESSAGE_LIMIT_BYTES } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import type { Progress } from "@counterfoil/host/portable";
import { TEXT_LIMIT_BYTES } from "@counterfoil/protocols/contract";
import {
  contractVerdict,
  contractWords,
  isContract,
  Refusal,
  type Verdict,
  verdictOn,
  verdictWords,
} from "@counterfoil/sdk/portable";
import { judgedBlob } from "./judged-blob.ts";
import type { Headline, Judgement } from "./room.ts";
import { statementsIn } from "./statements.ts";
import { trustedIn } from "./trusted.ts";

/** @throws Refusal where the first file proves nothing. */
export async function judgementOf(
  crypto: Crypto,
  evidence: Blob,
  file: Blob | null,
  onProgress: Progress,
): Promise<Judgement> {
  if (evidence.size > MESSAGE_LIMIT_BYTES) throw tooLong(evidence.size);
  const bytes = new Uint8Array(await evidence.arrayBuffer());
  if (isContract(bytes)) return ofContract(crypto, bytes, file);
  const verdict = await verdictOn(crypto, bytes, file && judgedBlob(crypto, file, onProgress));
  return {
    headline: headlineOf(verdict, file !== null),
    words: verdictWords(verdict),
    statements: statementsIn(crypto, bytes),
    identity: verdict.identity,
    trusted: trustedIn(verdict),
  };
}

/** Nothing that is signed here is longer, so it is not even read. */
function tooLong(length: number): Refusal {
  const detail = `This is no evidence: it has ${length} bytes, and evidence has at most ${MESSAGE_LIMIT_BYTES}.`;
  const next = "Choose the file that the wallet or the shop wrote as evidence. Goods go beside it, not in its place.";
  return new Refusal("too-large", detail, "It proves nothing about money.", next);
}

async function ofContract(crypto: Crypto, evidence: Uint8Array, file: Blob | null): Promise<Judgement> {
  // One byte more than can be signed is enough to see that it is another.
  const text = file && new Uint8Array(await file.slice(0, TEXT_LIMIT_BYTES + 1).arrayBuffer());
  const verdict = contractVerdict(crypto, evidence, text);
  const isOther = verdict.isSameText === false;
  return {
    headline: {
      text: isOther ? "Two have signed a text, but this file is not that text." : "Two have signed this contract.",
      tone: isOther ? "doubtful" : "good",
    },
    words: contractWords(verdict),
    statements: [],
    identity: null,
    trusted: ["Nobody: each signature is proven to be of its signer's own key.", COMPARE],
  };
}

const COMPARE = "That a key is the one of whom you mean, you see by comparing it with a key that you know.";

function headlineOf({ findings, file, convicted }: Verdict, hasFile: boolean): Headline {
  if (convicted !== null) return { text: `Convicted: the ${convicted.role}.`, tone: "bad" };
  if (findings?.kind === "payment") return { text: "A payment is proven. Nothing is said about goods.", tone: "good" };
  if (file === "another-file")
    return { text: "A sale is proven, but this file is not what was sold.", tone: "doubtful" };
  if (hasFile) return { text: "A sale is proven, and this file is what was sold.", tone: "good" };
  return { text: "A sale is proven. Add the file to see whether it is what was sold.", tone: "good" };
}

/** The first look at what a shop that swaps is sent: form, the other's certificate, and the owner's own signature. */
import { decode, done, type Instant, type Result, refused } from "@counterfoil/base";
import { receive, tagOf } from "@counterfoil/crypto";
import { certificateHolds } from "../trustees/index.ts";
import type { SwapDeskCommand, Theirs } from "./swap-desk-rows.ts";
import { whatIs } from "./swap-items.ts";
import { SWAP_TAGS, swapAsk, swapGive, swapLook, swapOffer, swapRuleMessage } from "./swap-messages.ts";
import type { SwapConfig } from "./swap-record.ts";

export const SWAP_DESK_TAGS = [...SWAP_TAGS, swapRuleMessage.domain];

export function admitSwap(config: SwapConfig, message: Uint8Array, now: Instant): Result<SwapDeskCommand> {
  const { crypto, key } = config;
  switch (tagOf(message)) {
    case "swap-ask/1": {
      const ask = decode(swapAsk, message);
      if (!ask.ok) return ask;
      const theirs = theirsIn(config, ask.value.certificate);
      return done(theirs === null ? WRONG_CERTIFICATE : { kind: "ask", ask: ask.value, theirs });
    }
    case "swap-offer/1": {
      const offer = decode(swapOffer, message);
      if (!offer.ok) return offer;
      const theirs = theirsIn(config, offer.value.certificate);
      return done(theirs === null ? WRONG_CERTIFICATE : { kind: "offer", offer: offer.value, theirs, fetched: "no" });
    }
    case "swap-give/1": {
      const give = decode(swapGive, message);
      return give.ok ? done({ kind: "give", ...give.value }) : give;
    }
    case "swap-look/1": {
      const look = decode(swapLook, message);
      return look.ok ? done({ kind: "look", ...look.value }) : look;
    }
    case swapRuleMessage.domain: {
      const received = receive(crypto, swapRuleMessage, message, { recipient: key.publicKey, now });
      if (!received.ok) return received;
      if (received.value.sender !== key.publicKey) return refused("wrong-signature");
      return done({ kind: "rule", rule: received.value.payload });
    }
    default:
      return refused("malformed");
  }
}

const WRONG_CERTIFICATE = { kind: "decline", reason: "wrong-certificate" } as const;

function theirsIn({ crypto }: SwapConfig, certificate: Uint8Array): Theirs | null {
  const certified = certificateHolds(crypto, certificate);
  const what = whatIs(crypto, certificate);
  return certified === null || what === null ? null : { ...certified, what };
}

import { fromHex } from "@counterfoil/base";
import { read } from "@counterfoil/crypto";
import { bankDescriptorSchema } from "@counterfoil/protocols/money";
import { useQuery } from "@tanstack/react-query";
import { marketUrl } from "../market/address.ts";

/** Says so where the market's bank does; nothing is paid by this word, so its signature is left to the wallet. */
export default function PlayMoney() {
  const { data: sandbox } = useQuery({ queryKey: ["sandbox"], queryFn: ({ signal }) => isSandbox(signal) });
  return sandbox === true ? <div>All money here is play money.</div> : null;
}

async function isSandbox(signal: AbortSignal): Promise<boolean> {
  const response = await fetch(`${marketUrl()}/v1/market`, { signal });
  const market = (await response.json()) as { bank?: { descriptor?: unknown } | null };
  const descriptor = market.bank?.descriptor;
  const bytes = typeof descriptor === "string" ? fromHex(descriptor) : null;
  const bank = bytes && read(bankDescriptorSchema, bytes);
  return bank?.ok === true && bank.value.value.sandbox;
}

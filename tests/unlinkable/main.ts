/** Some games in a process of their own, where `mutate.ts` may have changed the source: `<first seed>/<games>/<wallet>`. */
import { ATTACKS, guess } from "./adversary.ts";
import { crypto, mint, play } from "./game.ts";
import { walletNamed } from "./wallets.ts";

const [from, games, name] = (process.argv[2] ?? "").split("/") as [string, string, string];
const tally: Record<string, { right: number; said: number }> = { all: { right: 0, said: 0 } };
for (const attack of Object.keys(ATTACKS)) tally[attack] = { right: 0, said: 0 };
const find = (keyId: string) => mint.find(keyId) as NonNullable<ReturnType<typeof mint.find>>;

function count(attack: string, said: string | null, truth: string): void {
  const row = tally[attack] as { right: number; said: number };
  if (said === null) return;
  row.said += 1;
  if (said === truth) row.right += 1;
}

for (let seed = Number(from); seed < Number(from) + Number(games); seed++) {
  const { transcript, first } = play(walletNamed(name), seed);
  const { account, alone } = guess(crypto, find, transcript);
  count("all", account, first);
  for (const [attack, said] of Object.entries(alone)) count(attack, said, first);
}
console.log(JSON.stringify(tally));

/** What the kinds of entries mean, for whoever has not read the paper. */
export const KINDS: Readonly<Record<string, string>> = {
  open: "open: the bank has locked the money",
  committed: "committed: the seller will deliver, so it is paid",
  aborted: "aborted: it will not be paid",
  opened: "opened: the seller has shown the key",
  paid: "paid: the bank's own word",
};

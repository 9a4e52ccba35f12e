/** What the wallet holds, at the top of every page. */
export default function WalletChip() {
  return null;
}

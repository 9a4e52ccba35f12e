export default function Wallet() {
  return <main>wallet</main>;
}

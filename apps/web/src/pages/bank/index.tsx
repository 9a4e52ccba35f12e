export default function Bank() {
  return <main>bank</main>;
}

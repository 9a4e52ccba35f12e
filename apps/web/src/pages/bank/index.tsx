export default function Bank() {
  return <h1>Bank</h1>;
}

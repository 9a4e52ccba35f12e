export default function Trustee() {
  return <h1>Trustees</h1>;
}

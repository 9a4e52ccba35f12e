export default function Trustee() {
  return <main>trustee</main>;
}

export default function Lab() {
  return <main>lab</main>;
}

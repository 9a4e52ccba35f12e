export default function Judge() {
  return <main>judge</main>;
}

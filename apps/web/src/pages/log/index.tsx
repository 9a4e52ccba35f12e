export default function Log() {
  return <main>log</main>;
}

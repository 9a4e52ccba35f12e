export default function Storefront() {
  return <main>storefront</main>;
}

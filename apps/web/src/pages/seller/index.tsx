export default function Seller() {
  return <main>seller</main>;
}

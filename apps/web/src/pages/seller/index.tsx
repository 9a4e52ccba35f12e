export default function Seller() {
  return <h1>Sell</h1>;
}

export default function Storefront() {
  return <h1>Market</h1>;
}

export default function Judge() {
  return <h1>Judge</h1>;
}

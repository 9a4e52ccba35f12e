/** The market: what is for sale, and one item with everything that is known of it and the way to buy it. */
import { Route, Switch } from "wouter";
import { ItemPage } from "./ItemPage.tsx";
import { ShelfPage } from "./ShelfPage.tsx";

export default function Storefront() {
  return (
    <Switch>
      <Route path="/" component={ShelfPage} />
      <Route path="/items/:pid">{({ pid }) => <ItemPage key={pid} pid={pid} />}</Route>
    </Switch>
  );
}

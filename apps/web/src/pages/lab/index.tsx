/** The lab: what every protocol claims and what is so, each counterexample to step through, and a place to try for oneself. */
import { Stack } from "@mantine/core";
import { Route, Switch } from "wouter";
import { AttacksPage } from "./AttacksPage.tsx";
import { CounterexamplePage } from "./CounterexamplePage.tsx";
import { LabLinks } from "./LabLinks.tsx";
import { Overview } from "./Overview.tsx";
import { PlaygroundPage } from "./PlaygroundPage.tsx";
import { TheoremsPage } from "./TheoremsPage.tsx";

export default function Lab() {
  return (
    <Stack gap="lg">
      <LabLinks />
      <Switch>
        <Route path="/lab/theorems" component={TheoremsPage} />
        <Route path="/lab/attacks" component={AttacksPage} />
        <Route path="/lab/playground" component={PlaygroundPage} />
        <Route path="/lab/counterexamples/:study/:property">
          {({ study, property }) => (
            <CounterexamplePage key={`${study} ${property}`} study={study} property={property} />
          )}
        </Route>
        <Route component={Overview} />
      </Switch>
    </Stack>
  );
}

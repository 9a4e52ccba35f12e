/** The trustees of the market: what each says to anyone, and for each one's operator its cases. */
import { Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { marketUrl } from "../../market/address.ts";
import { askPublic } from "../../operator/asking.ts";
import { Loaded } from "../../operator/Loaded.tsx";
import { Trustee } from "./Trustee.tsx";

export default function Trustees() {
  const origin = marketUrl();
  const urls = useQuery({ queryKey: ["trustees", origin], queryFn: () => trusteesOf(origin) });
  return (
    <Stack gap="xl" maw={960}>
      <Title order={1}>Trustees</Title>
      <Text maw={680}>
        When a shop has been paid and falls silent, enough trustees of the group that its goods are certified for open
        them for the buyer. One alone opens nothing. In an honest sale they hear nothing.
      </Text>
      <Loaded asked={urls} what="The trustees of this market">
        {(found) =>
          found.length === 0 ? (
            <Text>This market shows no trustees.</Text>
          ) : (
            found.map((url, at) => <Trustee key={url} url={url} number={at + 1} all={found} />)
          )
        }
      </Loaded>
    </Stack>
  );
}

/** As the market shows them; one that is in several groups is one. */
async function trusteesOf(origin: string): Promise<readonly string[]> {
  const market = await askPublic<{ trustees: readonly { urls: readonly string[] }[] }>(origin, "/v1/market");
  const urls = market.trustees.flatMap(({ urls }) => urls).map((url) => url.replace(/\/+$/, ""));
  return [...new Set(urls)].filter((url) => URL.canParse(url));
}

import type { DraftsJson, ShopCertifierJson } from "@counterfoil/sdk/portable";
import { Stack } from "@mantine/core";
import { useAsked } from "../../operator/asking.ts";
import { Loaded } from "../../operator/Loaded.tsx";
import { AddForm } from "./AddForm.tsx";
import { Drafts } from "./Drafts.tsx";

/** While something is being encrypted or certified, how far it is. */
const EVERY_MS = 1_000;

export function AddGoods({ origin }: { readonly origin: string }) {
  const certifier = useAsked<ShopCertifierJson>(origin, "/v1/operator/shop/certifier");
  const drafts = useAsked<DraftsJson>(origin, "/v1/operator/shop/drafts", { everyMs: EVERY_MS });
  return (
    <Stack gap="xl">
      <Loaded asked={certifier} what="The certifier">
        {({ certifier: found }) => (
          <Loaded asked={drafts} what="The drafts">
            {(known) => <AddForm origin={origin} certifier={found} terms={known} />}
          </Loaded>
        )}
      </Loaded>
      {drafts.data !== undefined && <Drafts origin={origin} drafts={drafts.data.drafts} />}
    </Stack>
  );
}

/** Coins from somebody else: pasted, from a picture, or seen by the camera. */
import { showMoney } from "@counterfoil/base";
import { Text } from "@mantine/core";
import { useState } from "react";
import { DoingForm } from "../../wallet/DoingForm.tsx";
import { useDoing } from "../../wallet/doing.ts";
import { ReadCode } from "./ReadCode.tsx";
import { SecretText } from "./SecretText.tsx";
import { saidOf } from "./said.ts";

const NOTHING = { token: "", isRead: false };

export function ReceiveCoins({ unit }: { readonly unit: string }) {
  const [{ token, isRead }, have] = useState(NOTHING);
  const receiving = useDoing((desk, text: string) => desk.receive(text));
  const { data } = receiving;
  return (
    <DoingForm
      doing={receiving}
      action="Take the coins"
      isReady={token.trim() !== ""}
      said={data === undefined ? null : saidOf(data, `Received: ${showMoney(data.amountMinor, unit)}.`)}
      onSubmit={() => receiving.mutate(token, { onSuccess: () => have(NOTHING) })}
    >
      <Text size="sm">
        Coins are exchanged for new ones at once: after that nobody but this wallet can spend them. Of several texts or
        codes, take one after the other.
      </Text>
      <SecretText
        label="Text of the coins"
        description="It begins with cfcoins1."
        value={token}
        onType={(typed) => have({ token: typed, isRead: false })}
        minRows={2}
        maxRows={6}
      />
      <ReadCode onRead={(text) => have({ token: text, isRead: true })} />
      {isRead && (
        <Text size="sm" role="status">
          The code is read. Take the coins now.
        </Text>
      )}
    </DoingForm>
  );
}

/** Coins from somebody else: pasted, from a picture, or seen by the camera. */
import { showMoney } from "@counterfoil/base";
import { Button, FileInput, Group, Stack, Text, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { DoingTrouble } from "../../wallet/DoingTrouble.tsx";
import { useDoing } from "../../wallet/doing.ts";
import { CameraReader } from "./CameraReader.tsx";
import { readPicture } from "./qr-reading.ts";
import { saidOf } from "./said.ts";

export function ReceiveCoins({ unit }: { readonly unit: string }) {
  const [token, setToken] = useState("");
  const [isLooking, look] = useState(false);
  const receiving = useDoing((desk, text: string) => desk.receive(text));
  const reading = useMutation({ mutationFn: readPicture, onSuccess: setToken });
  function submit(event: FormEvent) {
    event.preventDefault();
    receiving.mutate(token, { onSuccess: () => setToken("") });
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Text size="sm">
          Coins are exchanged for new ones at once: after that nobody but this wallet can spend them. Of several texts
          or codes, take one after the other.
        </Text>
        <Textarea
          label="Text of the coins"
          description="It begins with cfcoins1."
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
          autosize
          minRows={2}
          maxRows={6}
          autoComplete="off"
          spellCheck={false}
        />
        <FileInput
          label="Or a picture of a QR code"
          placeholder="Choose a picture"
          accept="image/*"
          value={null}
          onChange={(file) => file !== null && reading.mutate(file)}
          error={reading.error?.message}
          maw={420}
        />
        {isLooking ? (
          <CameraReader
            onRead={(text) => {
              look(false);
              setToken(text);
            }}
            onStop={() => look(false)}
          />
        ) : (
          <Group>
            <Button variant="default" onClick={() => look(true)}>
              Read a code with the camera
            </Button>
          </Group>
        )}
        {reading.isSuccess && token !== "" && (
          <Text size="sm" role="status">
            The code is read. Take the coins now.
          </Text>
        )}
        <Group>
          <Button type="submit" loading={receiving.isPending} disabled={token.trim() === ""}>
            Take the coins
          </Button>
        </Group>
        <DoingTrouble error={receiving.error} />
        {receiving.data !== undefined && (
          <Text size="sm" role="status">
            {saidOf(receiving.data, `Received: ${showMoney(receiving.data.amountMinor, unit)}.`)}
          </Text>
        )}
      </Stack>
    </form>
  );
}

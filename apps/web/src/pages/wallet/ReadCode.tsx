/** A code instead of its text: in a picture, or in front of the camera. */
import { Button, FileInput, Group } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { CameraReader } from "./CameraReader.tsx";
import { readPicture } from "./qr-reading.ts";

export function ReadCode({ onRead }: { onRead(text: string): void }) {
  const [isLooking, look] = useState(false);
  const reading = useMutation({ mutationFn: readPicture, onSuccess: onRead, gcTime: 0 }); // a code may be money
  return (
    <>
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
            onRead(text);
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
    </>
  );
}

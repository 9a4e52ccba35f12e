/** The camera, on demand and only while this is on screen. */
import { Button, Group, Stack, Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { openReader } from "./qr-reading.ts";

export interface CameraReaderProps {
  onRead(text: string): void;
  onStop(): void;
}

/** Often enough for a hand that holds still, and seldom enough for a phone to keep up. */
const LOOK_MS = 200;
/** Sizes that one look is read at: the next look is another picture. */
const SIZES_A_LOOK = 2;

export function CameraReader({ onRead, onStop }: CameraReaderProps) {
  const video = useRef<HTMLVideoElement>(null);
  const [fault, setFault] = useState<string | null>(null);
  const read = useRef(onRead);
  read.current = onRead;
  useEffect(() => {
    const looking = new AbortController();
    lookThrough(video.current, looking.signal).then(
      (text) => text !== null && read.current(text),
      (error: unknown) => setFault(cameraFault(error)),
    );
    return () => looking.abort();
  }, []);
  return (
    <Stack gap="xs">
      {fault === null ? (
        <>
          <video
            ref={video}
            muted
            playsInline
            aria-label="What the camera sees"
            style={{ width: "100%", maxWidth: 480 }}
          />
          <Text size="sm">Hold the code in front of the camera. Nothing of the picture leaves this page.</Text>
        </>
      ) : (
        <Text size="sm" role="alert">
          {fault}
        </Text>
      )}
      <Group>
        <Button variant="default" onClick={onStop}>
          {fault === null ? "Stop the camera" : "Go on without it"}
        </Button>
      </Group>
    </Stack>
  );
}

/** A code of four coins has up to 181 modules a side, too many for the 640 x 480 pixels that a browser chooses by itself. */
const WANTED = { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } } as const;

/** @returns the text of a code, or null when `signal` has ended it. */
async function lookThrough(video: HTMLVideoElement | null, signal: AbortSignal): Promise<string | null> {
  if (video === null || navigator.mediaDevices === undefined) throw new Error("there is no camera");
  const stream = await navigator.mediaDevices.getUserMedia({ video: WANTED });
  const reader = openReader();
  const stop = () => {
    for (const track of stream.getTracks()) track.stop();
    reader.close();
  };
  signal.addEventListener("abort", stop);
  try {
    if (signal.aborted) return null;
    video.srcObject = stream;
    await video.play();
    while (!signal.aborted) {
      const text = await reader.read(await createImageBitmap(video), SIZES_A_LOOK);
      if (text !== null) return text;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    return null;
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  } finally {
    stop();
  }
}

function cameraFault(error: unknown): string {
  const denied = error instanceof DOMException && error.name === "NotAllowedError";
  return denied
    ? "The browser was not allowed to use the camera. Allow it for this site, or choose a picture of the code."
    : "No camera can be used here. Choose a picture of the code, or paste its text.";
}

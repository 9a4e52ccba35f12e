/**
 * The goods in place and as a file. What a stranger sold is never run: text is shown as text, a picture through an <img>, whose
 * scripts no browser executes, sound through <audio>; everything else can only be saved. A drawing (SVG) is a document that can
 * have scripts: it has an address of its own, data:, which opened by itself has nothing of this site, as a blob: would.
 */
import { Button, Code, Group, Image, ScrollArea, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { saveFile, shownName } from "../../market/saving.ts";
import { TroubleAlert } from "../../market/TroubleAlert.tsx";
import { troubleOf } from "../../market/trouble.ts";
import { sizeWords } from "../../market/words.ts";
import { answerOf, desk } from "../../wallet/client.ts";
import type { OpenedGoods } from "../../wallet/desk.ts";

const PAID = "As it was: the goods are paid or were free.";

export function GoodsView({ tid }: { readonly tid: string }) {
  const goods = useQuery({
    queryKey: ["wallet", "goods", tid],
    queryFn: async () => await answerOf(desk().goods(tid)),
    // Opened content is large, and opened again when it is wanted.
    gcTime: 0,
    retry: false,
  });
  if (goods.isPending) return <Text role="status">The goods are being opened.</Text>;
  if (goods.isError) return <TroubleAlert trouble={troubleOf(goods.error, PAID)} />;
  const { fileName, content } = goods.data;
  return (
    <Stack gap="xs">
      <Group>
        <Button onClick={() => saveFile(content, fileName)}>Save {shownName(fileName)}</Button>
        <Text size="sm">{sizeWords(content.size)}</Text>
      </Group>
      <Shown goods={goods.data} />
    </Stack>
  );
}

function Shown({ goods }: { readonly goods: OpenedGoods }) {
  const { mediaType } = goods;
  if (TEXTS.test(mediaType)) return <ShownText goods={goods} />;
  if (mediaType.startsWith("image/")) return <ShownPicture goods={goods} />;
  if (mediaType.startsWith("audio/")) return <ShownSound goods={goods} />;
  return <Text size="sm">The page does not show files of type {mediaType}.</Text>;
}

/** Also HTML, as its own text: it is read and not run. */
const TEXTS = /^text\/|^application\/(?:json|xml)$/;

/** A few screens; the file has the rest. */
const SHOWN_BYTES = 64 * 1024;

function ShownText({ goods: { content, fileName } }: { readonly goods: OpenedGoods }) {
  const [text, setText] = useState<string | null>(null);
  useEffect(() => {
    let gone = false;
    void content
      .slice(0, SHOWN_BYTES)
      .text()
      .then((read) => gone || setText(read));
    return () => {
      gone = true;
    };
  }, [content]);
  if (text === null) return null;
  return (
    <Stack gap={4}>
      <ScrollArea.Autosize mah={360} viewportProps={{ tabIndex: 0, role: "region", "aria-label": fileName }}>
        <Code block>{text}</Code>
      </ScrollArea.Autosize>
      {content.size > SHOWN_BYTES && <Text size="sm">Its first {sizeWords(SHOWN_BYTES)}; the file has all of it.</Text>}
    </Stack>
  );
}

/** A drawing is read by the page's own thread, so that a large one is shown to whoever asks for it. */
const DRAWN_BYTES = 128 * 1024;
/** Above it a drawing can only be saved: its address holds all of it, and browsers take some MiB. */
const DRAWN_MOST_BYTES = 1024 * 1024;
const DRAWING = "image/svg+xml";

function ShownPicture({ goods }: { readonly goods: OpenedGoods }) {
  const isDrawing = goods.mediaType.startsWith(DRAWING);
  const { size } = goods.content;
  const [wanted, want] = useState(!isDrawing || size <= DRAWN_BYTES);
  if (isDrawing && size > DRAWN_MOST_BYTES) {
    return <Text size="sm">It is too large a drawing for the page: save it, and open it elsewhere.</Text>;
  }
  if (wanted) return isDrawing ? <Drawing goods={goods} /> : <Picture goods={goods} />;
  return (
    <Group>
      <Button variant="default" onClick={() => want(true)}>
        Show the drawing
      </Button>
      <Text size="sm">It is large, and may keep this page busy for a while.</Text>
    </Group>
  );
}

function Picture({ goods }: { readonly goods: OpenedGoods }) {
  const url = useBlobUrl(goods);
  return url === null ? null : <Image src={url} alt={`The picture ${goods.fileName}`} mah={420} fit="contain" />;
}

function Drawing({ goods }: { readonly goods: OpenedGoods }) {
  const { content, fileName } = goods;
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    const reader = new FileReader();
    reader.onload = () => setUrl(reader.result as string);
    reader.readAsDataURL(new Blob([content], { type: DRAWING }));
    return () => {
      reader.onload = null;
    };
  }, [content]);
  return url === null ? null : <Image src={url} alt={`The picture ${fileName}`} mah={420} fit="contain" />;
}

function ShownSound({ goods }: { readonly goods: OpenedGoods }) {
  const url = useBlobUrl(goods);
  // biome-ignore lint/a11y/useMediaCaption: what a stranger sold comes without captions
  return url === null ? null : <audio controls src={url} aria-label={`The sound ${goods.fileName}`} />;
}

function useBlobUrl({ content, mediaType }: OpenedGoods): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([content], { type: mediaType }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [content, mediaType]);
  return url;
}

/** A purchase while it goes on, and how it ended: the line to agree to, what is fetched, what is said between the parties. */
import { Button, Group, Progress, Stack, Text } from "@mantine/core";
import { memo, useState } from "react";
import { purchaseDiagram } from "../../diagram/purchase.ts";
import { Sequence } from "../../diagram/Sequence.tsx";
import { answerTerms, type Purchasing } from "../../market/purchasing.ts";
import type { ShelfItem } from "../../market/shelf.ts";
import { sizeWords } from "../../market/words.ts";
import type { WatchedMessage } from "../../wallet/desk.ts";
import { AskTrustees } from "./AskTrustees.tsx";
import { BuyEnd } from "./BuyEnd.tsx";
import { TermsBox } from "./TermsBox.tsx";

export interface BuyingProgressProps {
  readonly item: ShelfItem;
  readonly purchasing: Purchasing;
}

export function BuyingProgress({ item, purchasing }: BuyingProgressProps) {
  const { terms, agreed, end, messages, order } = purchasing;
  return (
    <Stack>
      {terms !== null && (
        <TermsBox terms={terms} agreed={agreed} onAnswer={(agrees) => answerTerms(item.pid, agrees)} />
      )}
      {end === null && agreed !== null && terms !== null && <UnderWay item={item} purchasing={purchasing} />}
      {end === null && terms === null && <Text role="status">{asking(purchasing)}</Text>}
      {end !== null && <BuyEnd item={item} purchasing={purchasing} end={end} />}
      <Messages
        messages={messages}
        mode={terms?.mode ?? order?.exchange ?? null}
        title={`Messages of buying ${item.title}`}
      />
    </Stack>
  );
}

function asking({ order }: Purchasing): string {
  return order === null ? "The wallet goes on with this purchase." : "The shop is asked for its price.";
}

function UnderWay({ item, purchasing: { progress, messages, agreed, terms } }: BuyingProgressProps) {
  const paying = messages.some(({ name }) => name === "payment");
  const ordered = messages.some(({ name }) => name === "order" || name === "hold request");
  if (agreed === false) return <Text role="status">You said no. Nothing is paid.</Text>;
  return (
    <Stack gap="xs">
      <Text role="status">
        {paying ? "The payment is on its way." : "Before it pays, the wallet checks the goods and the offer."}
      </Text>
      {progress !== null && (
        <>
          <Text size="sm">
            {progress.what === "fetching" ? "Fetching the encrypted goods" : "Opening the goods"}:{" "}
            {sizeWords(progress.bytes)} of {sizeWords(progress.ofBytes)}
          </Text>
          <Progress
            value={progress.ofBytes === 0 ? 100 : (100 * progress.bytes) / progress.ofBytes}
            aria-label={progress.what === "fetching" ? "Fetched" : "Opened"}
          />
        </>
      )}
      <Stop title={item.title} paying={paying} ordered={ordered} />
      {terms !== null && <AskTrustees messages={messages} mode={terms.mode} />}
    </Stack>
  );
}

/** What can be stopped is said, and nothing else is promised. */
function Stop({ title, paying, ordered }: StopProps) {
  const [asked, ask] = useState(false);
  return (
    <Group>
      <Button variant="default" size="xs" onClick={() => ask(true)} aria-expanded={asked}>
        Stop
      </Button>
      {asked && (
        <Text size="sm" role="status" flex="1 1 16rem">
          {paying
            ? `The payment for "${title}" has left and cannot be called back. It ends by itself, paid with the goods or not paid at all, also if you close this page.`
            : ordered
              ? "Probably nothing is paid yet; the wallet will say. What it has decided to pay it pays, also if you close this page."
              : "Close this tab now and nothing is paid: nothing has been ordered. Once the payment has left, it cannot be called back."}
        </Text>
      )}
    </Group>
  );
}

interface StopProps {
  readonly title: string;
  readonly paying: boolean;
  /** From then on the payment may be in the wallet, and leave it before this page hears of it. */
  readonly ordered: boolean;
}

const Messages = memo(function Messages({ messages, mode, title }: MessagesProps) {
  const [chosen, choose] = useState<string | null>(null);
  if (messages.length === 0) return null;
  const { lanes, steps } = purchaseDiagram(messages, mode);
  return <Sequence title={title} lanes={lanes} steps={steps} chosen={chosen} onChoose={choose} />;
});

interface MessagesProps {
  readonly messages: readonly WatchedMessage[];
  readonly mode: string | null;
  readonly title: string;
}

/** The plain line before paying: how much, what is checked first, who sees what, whom the buyer trusts. */
import { showMoney } from "@counterfoil/base";
import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useEffect, useRef } from "react";
import { sizeWords, timeWords } from "../../market/words.ts";
import type { ShownTerms } from "../../wallet/desk.ts";

export interface TermsBoxProps {
  readonly terms: ShownTerms;
  readonly agreed: boolean | null;
  onAnswer(agrees: boolean): void;
}

export function TermsBox({ terms, agreed, onAnswer }: TermsBoxProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const waits = agreed === null;
  // Whoever listens or uses the keyboard is brought to the question, which came by itself.
  useEffect(() => {
    if (waits) heading.current?.focus();
  }, [waits]);
  const price = terms.priceMinor === 0n ? "free" : showMoney(terms.priceMinor, terms.unit);
  if (!waits) {
    return (
      <details>
        <summary>{agreed ? "What you agreed to" : "What you said no to"}</summary>
        <Lines terms={terms} />
      </details>
    );
  }
  return (
    <Stack gap="xs">
      <Title order={3} size="h4" ref={heading} tabIndex={-1}>
        {/* A title that turns the writing around turns itself around, and not the price. */}“<bdi>{terms.title}</bdi>”
        for {price}
      </Title>
      <Lines terms={terms} />
      <Group>
        <Button onClick={() => onAnswer(true)}>{terms.priceMinor === 0n ? "Take it" : `Buy for ${price}`}</Button>
        <Button variant="default" onClick={() => onAnswer(false)}>
          Do not buy
        </Button>
      </Group>
    </Stack>
  );
}

function Lines({ terms }: Pick<TermsBoxProps, "terms">) {
  return (
    <Stack gap="xs" mt="xs">
      <Text>
        {terms.checked} It has {sizeWords(terms.fileBytes)}.
      </Text>
      {terms.priceMinor > 0n && (
        <Text>
          Exchange: {terms.mode}. {terms.why}
        </Text>
      )}
      <Text>{terms.seen}</Text>
      <Text>{terms.trusted}</Text>
      {terms.parts.length > 0 && (
        <ul>
          {terms.parts.map(({ title, releaseMs }) => (
            <li key={`${title} ${releaseMs}`}>
              {title}, from {timeWords(releaseMs)} on
            </li>
          ))}
        </ul>
      )}
    </Stack>
  );
}

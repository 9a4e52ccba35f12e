import type { ShopCertifierJson } from "@counterfoil/sdk/portable";
import { Checkbox, Paper, Radio, Stack, Text } from "@mantine/core";

type Certifier = NonNullable<ShopCertifierJson["certifier"]>;

export interface CertifierChoiceProps {
  readonly certifier: Certifier | null;
  readonly wanted: boolean;
  readonly agreed: boolean;
  readonly fault: string | null;
  onWanted(wanted: boolean): void;
  onAgreed(agreed: boolean): void;
}

/** Who is to look at the goods; what it says about that is read before anything leaves the shop. */
export function CertifierChoice({ certifier, wanted, agreed, fault, onWanted, onAgreed }: CertifierChoiceProps) {
  return (
    <Radio.Group
      label="Who looks at the goods"
      value={wanted ? "certifier" : "nobody"}
      onChange={(value) => onWanted(value === "certifier")}
    >
      <Stack gap="sm" mt="xs">
        {certifier !== null && (
          <Radio
            value="certifier"
            label={`The certifier "${certifier.name}"`}
            description="Buyers believe what their bank's certifiers have seen, and trustees can open the goods if the shop falls silent."
          />
        )}
        {certifier !== null && wanted && (
          <Paper withBorder p="md" ml={{ base: 0, sm: "xl" }}>
            <Stack gap="sm">
              <Text size="sm">It will see the file and the key that opens it. It says: {certifier.policy}</Text>
              <Checkbox
                label="This certifier may see the file"
                checked={agreed}
                error={fault}
                onChange={(event) => onAgreed(event.currentTarget.checked)}
              />
            </Stack>
          </Paper>
        )}
        <Radio
          value="nobody"
          label="Nobody: under the shop's own word"
          description="Nobody else sees the file. It is sold by NetBill alone, in which the bank releases the key."
        />
      </Stack>
    </Radio.Group>
  );
}

import { Anchor, Group } from "@mantine/core";
import { Link, useLocation } from "wouter";

const PLACES = [
  ["/lab", "Table"],
  ["/lab/theorems", "Theorems"],
  ["/lab/attacks", "Attacks"],
  ["/lab/playground", "Playground"],
] as const;

export function LabLinks() {
  const [path] = useLocation();
  return (
    <nav aria-label="Lab">
      <Group gap="lg">
        {PLACES.map(([href, title]) => (
          <Anchor
            key={href}
            component={Link}
            href={href}
            aria-current={path === href ? "page" : undefined}
            fw={path === href ? 650 : 400}
            underline="always"
          >
            {title}
          </Anchor>
        ))}
      </Group>
    </nav>
  );
}

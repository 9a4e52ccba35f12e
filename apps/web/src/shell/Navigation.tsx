import { Group, NavLink, Stack } from "@mantine/core";
import { Link, useLocation } from "wouter";
import { AREAS, isIn } from "./areas.ts";
import classes from "./shell.module.css";

/** The ways to all areas, side by side where there is room, else one below the other. */
export function Navigation({ wide, onGo }: { readonly wide: boolean; readonly onGo?: () => void }) {
  const [path] = useLocation();
  const links = AREAS.map((area) => {
    const current = isIn(path, area.path);
    return wide ? (
      <Link key={area.path} href={area.path} aria-current={current ? "page" : undefined} className={classes.link}>
        {area.title}
      </Link>
    ) : (
      <NavLink
        key={area.path}
        component={Link}
        href={area.path}
        label={area.title}
        active={current}
        aria-current={current ? "page" : undefined}
        {...(onGo === undefined ? {} : { onClick: onGo })}
      />
    );
  });
  return (
    <nav aria-label="Areas">
      {wide ? (
        <Group gap={4} wrap="nowrap">
          {links}
        </Group>
      ) : (
        <Stack gap={0}>{links}</Stack>
      )}
    </nav>
  );
}

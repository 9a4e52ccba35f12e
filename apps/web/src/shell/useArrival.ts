/**
 * Whoever does not see the page hears that it has changed: on arriving somewhere the focus goes to the page's heading, once it
 * is there, and the window is called what the heading says.
 */
import { useEffect, useRef } from "react";

export function useArrival(path: string): void {
  const from = useRef(path);
  useEffect(() => {
    const main = document.getElementById("main");
    if (main === null) return;
    // Not where the visit begins: a browser has its own way to begin a page.
    let arriving = from.current !== path;
    from.current = path;
    const look = () => {
      const heading = main.querySelector("h1");
      if (heading === null) return;
      document.title = titleOf(heading.textContent);
      if (!arriving) return;
      arriving = false;
      heading.tabIndex = -1;
      heading.focus();
    };
    const watcher = new MutationObserver(look);
    watcher.observe(main, { childList: true, subtree: true, characterData: true });
    look();
    return () => watcher.disconnect();
  }, [path]);
}

function titleOf(heading: string): string {
  return heading.trim() === "" ? "Counterfoil" : `${heading.trim()} · Counterfoil`;
}

/** A place on a page where a file can be let go; a button beside it is to do the same for finger and keyboard. */
import { type DragEvent, useState } from "react";

export interface Dropping {
  /** Whether something is held over it. */
  readonly isOver: boolean;
  readonly place: Readonly<Record<"onDragOver" | "onDragLeave" | "onDrop", (event: DragEvent) => void>>;
}

/** @param onFile is given the first of several. */
export function useDropping(onFile: (file: File) => void): Dropping {
  const [isOver, setOver] = useState(false);
  return {
    isOver,
    place: {
      onDragOver(event) {
        event.preventDefault();
        setOver(true);
      },
      onDragLeave: () => setOver(false),
      onDrop(event) {
        event.preventDefault();
        setOver(false);
        const [file] = event.dataTransfer.files;
        if (file !== undefined) onFile(file);
      },
    },
  };
}

/** Called every few megabytes and at the end, before the file is synced to disk. */
export type Progress = (bytesDone: number, bytesTotal: number) => void;

export const unseen: Progress = () => {};

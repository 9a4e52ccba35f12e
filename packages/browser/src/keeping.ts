/**
 * Asks the browser not to take what this site has stored when its disk is full. Only a page can ask, never a worker.
 * @returns whether it has agreed, now or before.
 */
export async function askToKeep(): Promise<boolean> {
  const { storage } = navigator;
  return "persist" in storage ? storage.persist() : (storage as StorageManager).persisted();
}

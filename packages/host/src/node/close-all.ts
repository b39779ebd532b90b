/** In reverse order, each whatever became of the others; rejects with the first fault. */
export async function closeAll(closers: (() => Promise<void>)[]): Promise<void> {
  const faults: unknown[] = [];
  for (const close of closers.splice(0).reverse()) await close().catch((fault) => faults.push(fault));
  if (faults.length > 0) throw faults[0];
}

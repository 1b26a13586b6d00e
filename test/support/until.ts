/** Waiting for something that another process is about to do. */

/** Looks every few milliseconds; a condition that throws (its file is not there yet) does not hold yet. */
export async function until(condition: () => boolean | Promise<boolean>, patienceMs = 40_000): Promise<void> {
  for (const end = Date.now() + patienceMs; Date.now() < end; ) {
    try {
      if (await condition()) return;
    } catch {
      // not yet
    }
    await new Promise((done) => setTimeout(done, 10));
  }
  throw new Error('it did not happen');
}

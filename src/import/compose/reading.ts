/** What every reader of a part of a compose file needs: the variables, and a place for diagnostics and ignored keys. */
import type { Reading as DocumentReading } from '../reading/reading.ts';

export interface Reading extends DocumentReading {
  /** What values may refer to. */
  readonly environment: Readonly<Record<string, string>>;
}

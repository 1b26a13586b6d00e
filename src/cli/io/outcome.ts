/** A command's outcome is its exit code. */
export interface Outcome {
  code: number;
}

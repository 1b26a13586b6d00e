/** What goes wrong with a lab itself (never with the rules in it): no privilege, a topology that the kernel refuses, an agent that died. */
export class LabError extends Error {
  override readonly name = 'LabError';
}

/** The one bit of the packet mark that `--mark-bit` names. */
import { CommandError } from './exit-code.ts';

/** Throws CommandError for anything but a single bit. */
export function parseMarkBit(text: string): number {
  const value = /^(0x[0-9a-fA-F]{1,8}|\d{1,10})$/.test(text) ? Number(text) : Number.NaN;
  const single = Number.isInteger(value) && value > 0 && value <= 0x8000_0000 && Number.isInteger(Math.log2(value));
  if (!single)
    throw new CommandError(`--mark-bit takes one bit of the 32-bit packet mark, 0x1 to 0x80000000; "${text}" is none`);
  return value;
}

/** The interface that leads nowhere, and its addresses. */
import type { Address } from '../net/address.ts';

/** Every namespace has one. */
export const loopbackName = 'lo';

/** Whether an address is in 127.0.0.0/8 or is ::1. */
export function isLoopback({ family, value }: Address): boolean {
  return family === 'ipv4' ? value >> 24n === 127n : value === 1n;
}

/** Whether a loopback interface has an address by itself: 127.0.0.1 and ::1. */
export function comesWithLoopback({ family, value }: Address): boolean {
  return family === 'ipv4' ? value === 0x7f00_0001n : value === 1n;
}

/**
 * How often a host tells one other machine about errors [128]. The kernel keeps one bucket of tokens (milliseconds) for each
 * machine and uses it for two limits of different size and for redirects, which therefore disturb each other.
 */
import type { AddressDatum } from '../packet/datum.ts';
import type { ErrorBudget, Host } from './host.ts';

/** How many errors at once, where one needs the full interval. */
const burstFactor = 6;
/** Errors of routes (none, unreachable, prohibited): five at once, one a second, whatever icmp_ratelimit says. */
const routeErrorCost = 1000;
const routeErrorBurst = 5 * routeErrorCost;
const longAgo = 60_000;

function budgetOf(host: Host, address: AddressDatum): ErrorBudget {
  const key = `error ${address}`;
  const known = host.errorBudgets.get(key) ?? { tokens: 0, last: host.now - longAgo, sent: 0 };
  host.errorBudgets.set(key, known);
  return known;
}

/** Takes what an ICMP error to a machine costs; false when there is too little. */
export function takeErrorToken(host: Host, address: AddressDatum, interval: number): boolean {
  const budget = budgetOf(host, address);
  if (host.now > budget.last) {
    budget.tokens = Math.min(burstFactor * interval, budget.tokens + host.now - budget.last);
    budget.last = host.now;
  }
  if (budget.tokens < interval) return false;
  budget.tokens -= interval;
  return true;
}

/** Takes what an error of an IPv4 route costs before it is made; false when there is too little. */
export function takeRouteErrorToken(host: Host, address: AddressDatum): boolean {
  const budget = budgetOf(host, address);
  budget.tokens = Math.min(routeErrorBurst, budget.tokens + host.now - budget.last);
  budget.last = host.now;
  if (budget.tokens < routeErrorCost) return false;
  budget.tokens -= routeErrorCost;
  return true;
}

/** Milliseconds before the second redirect to a machine; doubled with each one, up to nine, and forgotten after a silence. */
const redirectPause = 20;
const maximumRedirects = 9;
const redirectSilence = redirectPause * 2 ** (maximumRedirects + 1);

/** Whether a machine is told about a better way now. The memory of it is the bucket for errors, which it empties. */
export function takeRedirect(host: Host, address: AddressDatum): boolean {
  const budget = budgetOf(host, address);
  if (host.now > budget.last + redirectSilence) {
    budget.tokens = 0;
    budget.sent = 0;
  }
  if (budget.sent >= maximumRedirects) {
    budget.last = host.now;
    return false;
  }
  if (budget.sent > 0 && host.now <= budget.last + redirectPause * 2 ** budget.sent) return false;
  budget.last = host.now;
  budget.sent++;
  return true;
}

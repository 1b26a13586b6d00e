/** Without these a host loses its neighbours and its address, and with them whoever should log in to repair it. */

/** Types of ICMPv6: router and neighbour discovery (RFC 4861), and multicast listeners (RFC 2710, RFC 3810), which switches need for it. */
export const neighbourTypes: readonly number[] = [133, 134, 135, 136, 137, 130, 131, 132, 143];

export const dhcpServer = { ipv4: 67, ipv6: 547 } as const;
export const dhcpClient = { ipv4: 68, ipv6: 546 } as const;

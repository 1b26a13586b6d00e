/** All checks of a model. */
import { checkAddressOutsideSubnet } from './address-outside-subnet.ts';
import { checkAddressTwice } from './address-twice.ts';
import { checkAttachments } from './attachment.ts';
import { checkBridgeFilter } from './bridge-filter.ts';
import { checkConnections } from './connection.ts';
import { checkCutTunnels } from './cut-tunnel.ts';
import { checkDenyClosesPublication } from './deny-closes-publication.ts';
import { checkHostPortConflict } from './host-port-conflict.ts';
import { checkInterfaceNames } from './interface-name.ts';
import { checkIpForward } from './ip-forward.ts';
import { checkLeavesAs } from './leaves-as.ts';
import { checkLinks } from './link.ts';
import { checkLoopbackPublish } from './loopback-publish.ts';
import { checkMacs } from './mac.ts';
import { checkNeverMatters } from './never-matters.ts';
import { checkNoAddresses } from './no-addresses.ts';
import { checkOverlays } from './overlay.ts';
import { checkPublishAddress } from './publish-address.ts';
import { checkPublishNetwork } from './publish-network.ts';
import { checkRoutes } from './route.ts';
import type { Rule } from './rule.ts';
import { checkSameContainer } from './same-container.ts';
import { checkSeenAsHost } from './seen-as-host.ts';
import { checkSharedPorts } from './shared-ports.ts';
import { checkSubnetOverlap } from './subnet-overlap.ts';
import { checkSubnetUsable } from './subnet-usable.ts';
import { checkSwitches } from './switch.ts';
import { checkZones } from './zone.ts';

export const rules: readonly Rule[] = [
  checkInterfaceNames,
  checkSubnetUsable,
  checkSubnetOverlap,
  checkAttachments,
  checkAddressOutsideSubnet,
  checkAddressTwice,
  checkMacs,
  checkRoutes,
  checkZones,
  checkHostPortConflict,
  checkPublishAddress,
  checkPublishNetwork,
  checkSharedPorts,
  checkLinks,
  checkSwitches,
  checkOverlays,
  checkCutTunnels,
  checkSeenAsHost,
  checkConnections,
  checkIpForward,
  checkNoAddresses,
  checkSameContainer,
  checkNeverMatters,
  checkDenyClosesPublication,
  checkBridgeFilter,
  checkLeavesAs,
  checkLoopbackPublish,
];

/** What a comparison is about, by family: the space, the packets asked about, and the names of places. */
import type { HostView } from '../../host-view/host-view.ts';
import { type Address, addressKey, type Family } from '../../net/address.ts';
import { hostPrefix, type Prefix } from '../../net/prefix.ts';
import type { Meaning } from '../../policy/decide.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import type { NameOfAddress } from '../describe/arrivals.ts';
import { type NamedPlace, placesOfMeaning, placesOfView } from '../describe/places.ts';
import { wiringOf } from '../meaning/completed-view.ts';
import { cutByMeaning } from '../meaning/cuts-of-meaning.ts';
import { MeaningDiagrams } from '../meaning/meant.ts';
import { type ProofSubject, proofSubject } from '../proof/prove.ts';
import { Universe } from '../proof/universe.ts';
import { empty, type SetId } from '../sets/diagrams.ts';
import type { CutCollector } from '../space/cuts.ts';
import type { Space, SpaceOptions } from '../space/space.ts';
import { spaceOf } from '../space/space-of.ts';
import { mergedWiring } from './merged-view.ts';
import { PacketsOfView } from './packets-of-view.ts';

/** A space ready for questions. */
export interface Asked {
  readonly space: Space;
  readonly first: SetId;
  readonly forged: SetId;
  readonly stray: SetId;
  readonly places: readonly NamedPlace[];
  readonly nameOf: NameOfAddress;
  /** The meaning of each policy, over this space. */
  readonly meanings: readonly MeaningDiagrams[];
}

/** The policies that name the places; none: the view does. */
export class Subjects {
  readonly view: HostView;
  private readonly policies: readonly ProofSubject[];

  constructor(view: HostView, policies: readonly Meaning[]) {
    this.view = view;
    this.policies = policies.map(proofSubject);
  }

  /** `cut`: what else tells packets apart. */
  asked(
    family: Family,
    rulesets: readonly Ruleset[],
    cut?: (cuts: CutCollector) => void,
    options: SpaceOptions = {},
  ): Asked {
    const wirings = this.policies.map(({ meaning }) => wiringOf(meaning));
    const space = spaceOf(family, {
      view: this.view,
      rulesets,
      ...options,
      ...(wirings.length === 0 ? {} : { wiring: wirings.reduce(mergedWiring) }),
      cut: (cuts) => {
        for (const { meaning, sets } of this.policies) cutByMeaning(cuts, meaning, sets);
        for (const prefix of this.places()) cuts.addPrefix(prefix);
        cut?.(cuts);
      },
    });
    return withoutDown(this.policies.length === 0 ? ofView(space, this.view) : this.ofPolicies(space));
  }

  /** Prefixes that places have and statements need not name: neighbours on a network are one range until somebody asks for one of them. */
  private places(): readonly Prefix[] {
    return this.policies.flatMap(({ meaning }) => {
      const { zones, containers, groups } = meaning.atlas.model;
      const given = containers.flatMap(({ endpoints }) =>
        endpoints.flatMap(({ addresses }) => Object.values(addresses).map(hostPrefix)),
      );
      const literals = groups.flatMap(({ members }) =>
        members.flatMap((member) => (member.kind === 'prefix' ? [member.prefix] : [])),
      );
      return [...zones.flatMap(({ prefixes }) => prefixes), ...given, ...literals];
    });
  }

  private ofPolicies(space: Space): Asked {
    const { diagrams } = space;
    let [first, forged, stray]: [SetId, SetId, SetId] = [empty, empty, empty];
    const places: NamedPlace[] = [];
    const meanings: MeaningDiagrams[] = [];
    const names = new Map<string, string>();
    for (const { meaning, sets } of [...this.policies].reverse()) {
      const meant = new MeaningDiagrams(space, meaning, sets);
      meanings.unshift(meant);
      const universe = new Universe(space, meaning, meant);
      first = diagrams.unite(first, diagrams.subtract(universe.first(), universe.unmanaged()));
      forged = diagrams.unite(forged, universe.forged());
      stray = diagrams.unite(stray, universe.stray());
      places.push(...placesOfMeaning(space, meaning, meant));
      for (const { name, endpoints } of meaning.atlas.model.containers)
        for (const { addresses } of endpoints)
          for (const address of Object.values(addresses)) {
            const key = addressKey(address);
            if (!names.has(key)) names.set(key, name);
          }
    }
    return {
      space,
      first,
      forged: diagrams.subtract(forged, first),
      stray,
      places,
      nameOf: (address: Address) => names.get(addressKey(address)),
      meanings,
    };
  }
}

function ofView(space: Space, view: HostView): Asked {
  const packets = new PacketsOfView(space);
  return {
    space,
    first: packets.first(),
    forged: packets.forged(),
    stray: packets.stray(),
    places: placesOfView(space, view),
    nameOf: () => undefined,
    meanings: [],
  };
}

/** Nothing comes in by an interface that is down. */
function withoutDown(asked: Asked): Asked {
  const { space, first, forged, stray } = asked;
  const down = new Set(space.view.interfaces.filter(({ up }) => !up).map(({ name }) => name));
  if (down.size === 0) return asked;
  const silent = space.originsWhere(({ device, input }) => down.has(device ?? '') || down.has(input ?? ''));
  const { diagrams } = space;
  return {
    ...asked,
    first: diagrams.subtract(first, silent),
    forged: diagrams.subtract(forged, silent),
    stray: diagrams.subtract(stray, silent),
  };
}

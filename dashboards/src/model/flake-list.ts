import type { Flake, QuarantineView } from '@greenrack/farm-protocol';

/** What the filter of flakes looks at. */
export const FLAKE_FIELDS = {
  target: ({ target }: Flake) => [target],
  image: ({ imageName }: Flake) => [imageName],
  case: ({ caseName }: Flake) => (caseName === null ? [] : [caseName]),
  board: ({ clusters }: Flake) => valuesOf(clusters, 'board'),
  fixture: ({ clusters }: Flake) => valuesOf(clusters, 'fixture'),
  hour: ({ clusters }: Flake) => valuesOf(clusters, 'hour'),
};

const valuesOf = (clusters: Flake['clusters'], by: Flake['clusters'][number]['by']) =>
  clusters.filter((cluster) => cluster.by === by).map(({ value }) => value);

const imageOf = ({ target, imageName }: Flake) => JSON.stringify([target, imageName]);

/** Without an image as a whole where one of its cases says as much. */
export function tellingFlakes(flakes: readonly Flake[]): Flake[] {
  const byCase = new Map<string, number>();
  for (const flake of flakes.filter(({ caseName }) => caseName !== null))
    byCase.set(imageOf(flake), Math.max(byCase.get(imageOf(flake)) ?? 0, flake.failures));
  return flakes.filter(
    (flake) => flake.caseName !== null || flake.failures > (byCase.get(imageOf(flake)) ?? 0),
  );
}

/** A place that more than chance ties flakes to. */
export interface Gathering {
  readonly by: Flake['clusters'][number]['by'];
  readonly value: string;
  readonly flakes: number;
}

/** Where flakes gather, the most of them first. */
export function gatherings(flakes: readonly Flake[]): Gathering[] {
  const found = new Map<string, Gathering>();
  for (const { by, value } of flakes.flatMap(({ clusters }) => clusters)) {
    const key = JSON.stringify([by, value]);
    found.set(key, { by, value, flakes: (found.get(key)?.flakes ?? 0) + 1 });
  }
  return [...found.values()].sort((a, b) => b.flakes - a.flakes);
}

/** The quarantine that a case is in, on its target or on all. */
export function quarantineOf(
  { caseName, target }: Flake,
  quarantined: readonly QuarantineView[],
): QuarantineView | undefined {
  return quarantined.find(
    (one) => one.case === caseName && (one.target === undefined || one.target === target),
  );
}

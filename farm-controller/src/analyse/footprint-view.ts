import { type FootprintView, MAX_FOOTPRINT_SYMBOLS } from '@greenrack/farm-protocol';
import type { Footprint } from '@greenrack/firmware';

/** Modules that are told at most. */
const MAX_MODULES = 2_000;

interface Named {
  readonly sha256: string;
  readonly footprint: Footprint;
}

/** What an image takes, part by part, beside what another one does. Parts are the same by their names. */
export function footprintView(image: Named, base?: Named): FootprintView {
  const [own, other] = [image.footprint, base?.footprint];
  const total = (of: (one: Footprint) => number) => ({
    bytes: of(own),
    baseBytes: other ? of(other) : null,
  });
  const symbols = compared(own.symbols, other?.symbols, ({ module, name }) => `${module}\0${name}`);
  const modules = compared(own.symbols, other?.symbols, ({ module }) => module);
  const told = symbols.slice(0, MAX_FOOTPRINT_SYMBOLS);
  return {
    imageSha256: image.sha256,
    baseSha256: base?.sha256 ?? null,
    totals: [
      { name: 'flash', ...total(({ flashBytes }) => flashBytes) },
      { name: 'ram', ...total(({ ramBytes }) => ramBytes) },
    ],
    sections: compared(own.sections, other?.sections, ({ name }) => name),
    modules: modules
      .slice(0, MAX_MODULES)
      .map(({ module, bytes, baseBytes }) => ({ name: module, bytes, baseBytes })),
    symbols: told,
    leftOut: symbols.length - told.length,
  };
}

type Compared<T> = T & { bytes: number; baseBytes: number | null };

/** Parts of both by their keys; the largest difference first, and of equal ones the largest. */
function compared<T extends { readonly bytes: number }>(
  own: readonly T[],
  other: readonly T[] | undefined,
  keyOf: (part: T) => string,
): Compared<T>[] {
  const parts = new Map<string, Compared<T>>();
  for (const part of own) {
    const known = parts.get(keyOf(part));
    if (known) known.bytes += part.bytes;
    else parts.set(keyOf(part), { ...part, baseBytes: other ? 0 : null });
  }
  for (const part of other ?? []) {
    const known = parts.get(keyOf(part));
    if (known) known.baseBytes = (known.baseBytes ?? 0) + part.bytes;
    else parts.set(keyOf(part), { ...part, bytes: 0, baseBytes: part.bytes });
  }
  const weight = ({ bytes, baseBytes }: Compared<T>) => Math.abs(bytes - (baseBytes ?? 0));
  return [...parts.values()].sort((a, b) => weight(b) - weight(a) || b.bytes - a.bytes);
}

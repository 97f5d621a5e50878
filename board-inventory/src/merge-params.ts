type Params = Record<string, unknown>;

/** Driver parameters of a board: the model's, overruled key by key by the board's own. Maps merge, lists replace. */
export function mergeParams(model: Params, board: Params): Params {
  const merged = new Map(Object.entries(model));
  for (const [key, value] of Object.entries(board)) {
    const below = merged.get(key);
    merged.set(key, isMap(below) && isMap(value) ? mergeParams(below, value) : value);
  }
  return Object.fromEntries(merged);
}

function isMap(value: unknown): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

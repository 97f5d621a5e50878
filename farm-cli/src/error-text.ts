import { types } from 'node:util';

/** Code of a system error such as `ENOENT`; undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  if (!types.isNativeError(error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Message of whatever was thrown. */
export function errorText(error: unknown): string {
  return types.isNativeError(error) ? error.message : String(error);
}

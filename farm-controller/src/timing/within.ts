/**
 * Settles as `promise` does, unless `ms` pass or `signal` aborts before: then it rejects. Leaves no timer behind.
 * @param what - is waited for, for the message
 */
export function within<T>(
  { ms, signal }: { readonly ms: number; readonly signal: AbortSignal },
  what: string,
  promise: Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => settle(() => reject(signal.reason));
    const timer = setTimeout(
      () => settle(() => reject(new Error(`no ${what} within ${ms} ms`))),
      ms,
    );
    const settle = (how: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      how();
    };
    promise.then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error)),
    );
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort);
  });
}

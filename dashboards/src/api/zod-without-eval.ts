/*
 * Must be imported before anything that imports zod: by default zod tries to compile code, which the content security
 * policy forbids and reports.
 */
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });

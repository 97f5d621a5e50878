import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The action as one file: a runner checks out the repository, and installs nothing. */
export default defineConfig({
  logLevel: 'warn',
  resolve: {
    alias: {
      '@greenrack/farm-model': here('../farm-model/src/index.ts'),
      '@greenrack/farm-protocol': here('../farm-protocol/src/index.ts'),
    },
  },
  ssr: { noExternal: true },
  build: {
    ssr: here('src/action/action-main.ts'),
    outDir: here('action/dist'),
    target: 'node20',
    rollupOptions: { output: { entryFileNames: 'main.mjs', codeSplitting: false } },
  },
});

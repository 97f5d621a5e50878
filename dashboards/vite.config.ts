import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** Controller that `npm run dev` passes API and live events on to. */
const CONTROLLER_URL = process.env.GREENRACK_URL ?? 'http://localhost:8080';

/** Our rooms by their sources, so that the web app builds without a compiler run before it. */
function source(room: string): string {
  return fileURLToPath(new URL(`../${room}/src/index.ts`, import.meta.url));
}

/** What only agents, controllers and the command line compute; readers of a page need not load it. */
const KEPT_OUT = /\/node_modules\/re2js\//;

/** Our rooms export functions for every process: the build fails when the pages begin to carry what is not theirs. */
const keepsOut: Plugin = {
  name: 'keeps-out',
  generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type !== 'chunk') continue;
      for (const [id, { renderedLength }] of Object.entries(chunk.modules))
        if (renderedLength > 0 && KEPT_OUT.test(id))
          this.error(`${chunk.fileName} contains ${renderedLength} characters of ${id}`);
    }
  },
};

export default defineConfig({
  plugins: [react(), keepsOut],
  resolve: {
    alias: {
      '@greenrack/farm-model': source('farm-model'),
      '@greenrack/farm-protocol': source('farm-protocol'),
    },
  },
  build: {
    outDir: 'dist',
    // The content security policy allows no data: or inline sources.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // The first schema that is made finds out whether it may evaluate code: what forbids it has to stand before it.
        codeSplitting: {
          groups: [
            { name: 'protocol', test: /zod-without-eval|farm-protocol|node_modules\/zod\// },
          ],
        },
      },
    },
    target: ['chrome123', 'firefox121', 'safari17.5'],
    cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
  },
  server: {
    proxy: {
      '/api': CONTROLLER_URL,
      '/socket.io': { target: CONTROLLER_URL, ws: true },
    },
  },
});

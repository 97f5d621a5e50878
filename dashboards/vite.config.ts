import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Controller that `npm run dev` passes API and live events on to. */
const CONTROLLER_URL = process.env.GREENRACK_URL ?? 'http://localhost:8080';

/** Our rooms by their sources, so that the web app builds without a compiler run before it. */
function source(room: string): string {
  return fileURLToPath(new URL(`../${room}/src/index.ts`, import.meta.url));
}

export default defineConfig({
  plugins: [react()],
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

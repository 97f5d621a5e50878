import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Controller that `npm run dev` passes API and live events on to. */
const CONTROLLER_URL = process.env.GREENRACK_URL ?? 'http://localhost:8080';

export default defineConfig({
  plugins: [react()],
  resolve: {
    alias: {
      // The protocol's sources, so that the web app builds without a compiler run before it.
      '@greenrack/farm-protocol': fileURLToPath(
        new URL('../farm-protocol/src/index.ts', import.meta.url),
      ),
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

import { sep } from 'node:path';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { CheckHost } from './security.js';

const NO_CACHE = 'no-cache';
/** Files that the build names by their content. */
const FOREVER = 'public, max-age=31536000, immutable';

/** Serves the web app from `dir`. Paths that only the app knows get its page; API paths never do. */
export function serveDashboards(app: Express, dir: string, checkHost: CheckHost): void {
  app.use((req: Request, _res: Response, next: NextFunction) => {
    checkHost(req);
    next();
  });
  const isHashed = (path: string) => path.includes(`${sep}assets${sep}`);
  app.use(
    express.static(dir, {
      index: false,
      redirect: false,
      setHeaders: (res, path) =>
        res.setHeader('Cache-Control', isHashed(path) ? FOREVER : NO_CACHE),
    }),
  );
  app.use((req: Request, res: Response, next: NextFunction) => {
    if (!isPage(req)) {
      next();
      return;
    }
    res.setHeader('Cache-Control', NO_CACHE);
    res.sendFile('index.html', { root: dir, cacheControl: false }, (error) => {
      if (error && !res.headersSent) next();
    });
  });
}

function isPage(req: Request): boolean {
  const reads = req.method === 'GET' || req.method === 'HEAD';
  const isFile = /\.[A-Za-z0-9]+$/.test(req.path);
  const isApi = /^\/(api|socket\.io)(\/|$)/.test(req.path);
  return reads && !isFile && !isApi && req.accepts(['html']) === 'html';
}

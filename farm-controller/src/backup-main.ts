import { resolve } from 'node:path';
import { FarmError } from '@greenrack/farm-protocol';
import { openArtifacts } from './artifacts/open-artifacts.js';
import { backupFarm, type FarmPlace, restoreFarm } from './backup/backup-farm.js';
import { databasePlace } from './backup/database-copy.js';
import { readConfig } from './config.js';

/*
 * `backup-main.js backup|restore <folder> [--without-tokens]`: which farm, the environment says as it does to a
 * controller. One line of JSON on standard output says what was copied.
 */
async function main([what, folder = '', ...rest]: readonly string[]): Promise<void> {
  const { stateDir, databaseUrl, artifactsUrl } = readConfig(process.env);
  const database = databasePlace(databaseUrl, stateDir);
  const artifacts = await openArtifacts(artifactsUrl, stateDir);
  const farm: FarmPlace = { stateDir, database, artifacts };
  const tokens = !rest.includes('--without-tokens');
  const manifest =
    what === 'restore'
      ? await restoreFarm(resolve(folder), farm)
      : await backupFarm(farm, resolve(folder), { tokens, nowMs: Date.now() });
  process.stdout.write(`${JSON.stringify(manifest)}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const isKnown = error instanceof FarmError;
  process.stderr.write(`greenrack: ${isKnown ? error.message : (error as Error).stack}\n`);
  process.exit(isKnown && error.code === 'invalid_configuration' ? 2 : 3);
});

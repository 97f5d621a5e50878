import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** More than that is no folder of host tests but somebody's home. */
const MAX_ENTRIES = 5000;
const WRITABLE_BY_ALL = 0o002;
const STICKY = 0o1000;

/**
 * Python files directly in a folder, by name. What is in it will be run with our rights, so nobody but root and we may
 * be able to change it.
 * @param ourUid - user that the agent runs as
 * @throws Error that names what can be changed by others and what to do
 */
export async function trustedFiles(folder: string, ourUid: number): Promise<string[]> {
  const root = await realpath(folder);
  if (!(await stat(root)).isDirectory()) throw new Error(`${folder} is no directory`);
  await checkWayTo(root, ourUid);
  const paths = await entriesOf(root);
  for (const path of paths) await checkEntry(path, root, ourUid);
  return paths.filter((path) => dirname(path) === root && path.endsWith('.py')).sort();
}

/** Everything in a folder and the folders in it. Not by readdir's own recursion: that one follows links. */
async function entriesOf(root: string): Promise<string[]> {
  const paths: string[] = [];
  for (const folders = [root]; folders.length > 0; ) {
    const folder = folders.pop() ?? root;
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      // Python imports nothing from hidden places, such as .git or the lock files of editors.
      if (entry.name.startsWith('.')) continue;
      const path = join(folder, entry.name);
      paths.push(path);
      if (entry.isDirectory()) folders.push(path);
    }
    if (paths.length > MAX_ENTRIES)
      throw new Error(`${root} has more than ${MAX_ENTRIES} entries: name one for host tests only`);
  }
  return paths;
}

/** A link is as good as what it leads to. @throws Error when it leads nowhere: anybody may put something there later */
async function checkEntry(path: string, root: string, ourUid: number): Promise<void> {
  const target = await realpath(path);
  if (target.startsWith(`${root}/`)) {
    await checkPlace(target, ourUid);
    return;
  }
  if ((await stat(target)).isDirectory())
    throw new Error(`${path} leads to a folder elsewhere: copy it, or name that one instead`);
  await checkWayTo(target, ourUid);
}

/** Who can rename a folder on the way can put another one in its place. */
async function checkWayTo(path: string, ourUid: number): Promise<void> {
  await checkPlace(path, ourUid);
  for (let above = dirname(path); ; above = dirname(above)) {
    await checkPlace(above, ourUid, STICKY);
    if (above === '/') return;
  }
}

/** @param excuse - mode bits that make up for being writable by all */
async function checkPlace(path: string, ourUid: number, excuse = 0): Promise<void> {
  const { uid, mode } = await stat(path);
  if (uid !== 0 && uid !== ourUid)
    throw new Error(
      `${path} belongs to user ${uid}, who could change it: give it to root or to the agent's user`,
    );
  if ((mode & WRITABLE_BY_ALL) !== 0 && (mode & excuse) === 0)
    throw new Error(`${path} can be changed by every user: chmod o-w it`);
}

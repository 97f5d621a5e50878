/** `git@host:path`, as git writes addresses for SSH. */
const SCP_LIKE = /^(?:[^@/\s]+@)?([A-Za-z0-9.-]+):(?!\/\/)(.+)$/;

/**
 * Host and path of a repository out of what git, or a CI service, calls it. Users and passwords in it stay behind.
 * Undefined for a folder, which means nothing on another machine.
 */
export function repositoryName(remote: string): string | undefined {
  const scp = SCP_LIKE.exec(remote);
  const url = scp ? `ssh://${scp[1]}/${scp[2]}` : remote;
  if (!URL.canParse(url)) return undefined;
  const { protocol, host, pathname } = new URL(url);
  if (protocol === 'file:' || host === '') return undefined;
  const path = decodeURI(pathname)
    .replace(/\/+/g, '/')
    .replace(/\/$/, '')
    .replace(/\.git$/, '');
  return `${host.toLowerCase()}${path}`;
}

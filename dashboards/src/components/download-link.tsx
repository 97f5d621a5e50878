import { type MouseEvent, type ReactNode, useRef, useState } from 'react';
import { Icon } from './icon.js';
import { useSession } from './wiring-context.js';

interface Props {
  /** Path under the API's root. */
  readonly path: string;
  readonly fileName: string;
  readonly children: ReactNode;
}

function saveAs(blob: Blob, fileName: string): void {
  const url = URL.createObjectURL(blob);
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = fileName;
  anchor.click();
  // The browser has taken the blob over by the next task.
  setTimeout(() => URL.revokeObjectURL(url));
}

/** A plain link for guests; with a token the file is fetched first, because a link cannot carry one. */
export function DownloadLink({ path, fileName, children }: Props) {
  const { http } = useSession().api;
  const [state, setState] = useState<'ready' | 'busy' | 'failed'>('ready');
  const busy = useRef(false);
  const fetchFile = async () => {
    if (busy.current) return;
    busy.current = true;
    setState('busy');
    try {
      saveAs(await http.download(path, new AbortController().signal), fileName);
      setState('ready');
    } catch {
      setState('failed');
    } finally {
      busy.current = false;
    }
  };
  const onClick = (event: MouseEvent) => {
    if (!http.hasToken) return;
    event.preventDefault();
    void fetchFile();
  };
  return (
    <a
      className="button"
      href={http.url(path)}
      download={fileName}
      onClick={onClick}
      aria-busy={state === 'busy'}
      title={
        state === 'failed' ? 'The download failed; click to try again' : `Download ${fileName}`
      }
    >
      <Icon name={state === 'failed' ? 'fail' : 'download'} />
      {children}
    </a>
  );
}

import { useState } from 'react';

/** A command to type, with a button that copies it. */
export function CopyCommand({ command }: { readonly command: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(command);
    setCopied(true);
  };
  return (
    <span className="command">
      <code>{command}</code>
      {/* Browsers offer the clipboard to secure pages only. */}
      {navigator.clipboard && (
        <button type="button" className="link-button" onClick={() => void copy()}>
          {copied ? 'Copied' : 'Copy'}
        </button>
      )}
    </span>
  );
}

/** Holds the place of a page that is being read. */
export function Skeleton() {
  return (
    <div className="skeleton" role="status">
      <span className="hidden">Reading…</span>
      <span />
      <span />
      <span />
    </div>
  );
}

/** Stands in a panel until its answer is here: what is not known yet is not nothing. */
export function Reading() {
  return (
    <p className="quiet panel-note" role="status">
      Reading…
    </p>
  );
}

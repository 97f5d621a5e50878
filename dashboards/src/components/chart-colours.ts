/** Colours of lines, told apart by their dashes too. */
export const LINE_TONES = ['running', 'pass', 'hang', 'crash', 'xfail', 'xpass', 'flaky', 'infra'];

/** What a colour of the style sheet is at the moment: a canvas knows no variables. */
export function colourOf(tone: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(--${tone})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

const DASHES = [[], [6, 4], [2, 3], [9, 3, 2, 3]];

/** Dashes of the n-th line; eight colours with each. */
export const dashOf = (line: number): number[] =>
  DASHES[Math.floor(line / LINE_TONES.length) % DASHES.length] ?? [];

/** Ink of axes and grids. */
export function axisInk() {
  const [ink, line] = [colourOf('quiet'), colourOf('line')];
  return { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
}

/*
 * What a logger puts in front of a line, and terminals make invisible:
 *   ESC[31m[00:00:01.234][INFO] main.cpp:12::FAIL: xESC[0m
 *   2026-11-30T12:00:00.123Z ERROR main.cpp:12::FAIL: x
 * Grammar: stamps one after the other, each followed by blanks or nothing; a stamp is anything in square brackets, with
 * or without a colon, a date or time of digits with : . , - T Z + in it, or the name of a level with or without a colon.
 */
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])/g;
const STAMP =
  /^(?:\[[^\][]{0,64}\]:?|\d[\dTZ:.,+-]{1,40}(?=\s)|(?:TRACE|DEBUG|DBG|INFO|INF|WARN(?:ING)?|WRN|ERROR|ERR|FATAL)\b:?(?=\s))\s*/;
const MAX_STAMPS = 8;

/** The line without colours and other terminal sequences. */
export function withoutEscapes(line: string): string {
  return line.includes('\u001b') ? line.replace(ESCAPES, '') : line;
}

/** What a logger was given to print: the line without terminal sequences, stamps and the blanks around it. */
export function loggedText(line: string): string {
  let text = withoutEscapes(line).trim();
  for (let i = 0; i < MAX_STAMPS; i++) {
    const stamp = STAMP.exec(text)?.[0];
    if (!stamp) break;
    text = text.slice(stamp.length);
  }
  return text;
}

import { setImmediate } from 'node:timers/promises';
import type { Response } from 'express';

/** Items of a list that are put into text at a time. */
const ITEMS_PER_PIECE = 200;

/** Answers with JSON. Long lists in it are put into text in pieces, between which others have their turn. */
export async function sendJson(res: Response, answer: unknown): Promise<void> {
  if (!hasLongList(answer)) {
    res.json(answer);
    return;
  }
  const fields: string[] = [];
  for (const [key, value] of Object.entries(answer)) {
    const text = isLongList(value) ? await listText(value) : JSON.stringify(value);
    if (text !== undefined) fields.push(`${JSON.stringify(key)}:${text}`);
  }
  res.type('application/json').send(`{${fields.join(',')}}`);
}

async function listText(items: readonly unknown[]): Promise<string> {
  const pieces: string[] = [];
  for (let i = 0; i < items.length; i += ITEMS_PER_PIECE) {
    pieces.push(JSON.stringify(items.slice(i, i + ITEMS_PER_PIECE)).slice(1, -1));
    await setImmediate();
  }
  return `[${pieces.join(',')}]`;
}

function hasLongList(answer: unknown): answer is Record<string, unknown> {
  return typeof answer === 'object' && answer !== null && Object.values(answer).some(isLongList);
}

function isLongList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > ITEMS_PER_PIECE;
}

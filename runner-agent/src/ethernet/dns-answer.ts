/*
 * DNS message (RFC 1035, section 4.1):
 *
 *   0    2       4         6         8           10           12
 *   ├ id ┼ flags ┼ questions ┼ answers ┼ authorities ┼ additional ┼ name (length, label, …, 0) │ type │ class …
 */
const HEADER_BYTES = 12;
const MAX_NAME_BYTES = 255;
const MAX_LABEL_BYTES = 63;
const TYPE = { a: 1, any: 255 } as const;
const CLASS_IN = 1;
const TTL_S = 60;
const FLAG = { response: 0x8000, authoritative: 0x0400, recursionDesired: 0x0100 } as const;
const RECURSION_AVAILABLE = 0x0080;
const OPCODE_MASK = 0x7800;
const RESULT = { ok: 0, formatError: 1, noSuchName: 3, notImplemented: 4 } as const;

interface Question {
  readonly name: string;
  readonly type: number;
  /** Where the question ends in the message. */
  readonly end: number;
}

/**
 * Answers a DNS query from a table of names (lower case) and IPv4 addresses (numbers). Whatever is not in it does not
 * exist. Undefined when the message is too short to be answered, or is an answer itself.
 */
export function dnsAnswer(query: Buffer, names: ReadonlyMap<string, number>): Buffer | undefined {
  if (query.length < HEADER_BYTES) return undefined;
  const flags = query.readUInt16BE(2);
  if ((flags & FLAG.response) !== 0) return undefined;
  if ((flags & OPCODE_MASK) !== 0) return message(query, { result: RESULT.notImplemented });
  const question = query.readUInt16BE(4) === 1 ? readQuestion(query) : undefined;
  if (!question) return message(query, { result: RESULT.formatError });
  const address = names.get(question.name);
  if (address === undefined) return message(query, { result: RESULT.noSuchName, question });
  const isAsked = question.type === TYPE.a || question.type === TYPE.any;
  return message(query, { result: RESULT.ok, question, ...(isAsked && { address }) });
}

function readQuestion(query: Buffer): Question | undefined {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (;;) {
    const length = query[at];
    // A pointer (0xc0) in a question has nothing to point at.
    if (length === undefined || length > MAX_LABEL_BYTES) return undefined;
    at += 1 + length;
    if (length === 0) break;
    if (at > query.length || at - HEADER_BYTES > MAX_NAME_BYTES) return undefined;
    labels.push(query.toString('latin1', at - length, at));
  }
  if (at + 4 > query.length || query.readUInt16BE(at + 2) !== CLASS_IN) return undefined;
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at), end: at + 4 };
}

function message(
  query: Buffer,
  what: { readonly result: number; readonly question?: Question; readonly address?: number },
): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  query.copy(header, 0, 0, 2);
  const kept = query.readUInt16BE(2) & (OPCODE_MASK | FLAG.recursionDesired);
  header.writeUInt16BE(
    FLAG.response | FLAG.authoritative | RECURSION_AVAILABLE | kept | what.result,
    2,
  );
  header.writeUInt16BE(what.question ? 1 : 0, 4);
  header.writeUInt16BE(what.address === undefined ? 0 : 1, 6);
  const question = query.subarray(HEADER_BYTES, what.question?.end ?? HEADER_BYTES);
  const answer = what.address === undefined ? Buffer.alloc(0) : addressRecord(what.address);
  return Buffer.concat([header, question, answer]);
}

function addressRecord(address: number): Buffer {
  const record = Buffer.alloc(16);
  // The name is that of the question, at offset 12.
  record.writeUInt16BE(0xc000 | HEADER_BYTES, 0);
  record.writeUInt16BE(TYPE.a, 2);
  record.writeUInt16BE(CLASS_IN, 4);
  record.writeUInt32BE(TTL_S, 6);
  record.writeUInt16BE(4, 10);
  record.writeUInt32BE(address, 12);
  return record;
}

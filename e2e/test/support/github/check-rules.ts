import type { Json } from './description.js';

/** What the live service refuses and its description lets pass, because that counts characters, or says nothing. */
export function checkRunFaults(body: Json): string[] {
  const { output, actions = [] } = body as { output?: Json; actions?: Json[] };
  return [
    ...(body.status === 'completed' && body.conclusion === undefined
      ? ['completed needs a conclusion']
      : []),
    ...(output ? outputFaults(output) : []),
    ...(actions.length > 3 ? ['at most 3 actions'] : []),
    ...actions.flatMap((action) => [
      ...tooLong(action, 'label', 20),
      ...tooLong(action, 'identifier', 20),
      ...tooLong(action, 'description', 40),
    ]),
  ];
}

function outputFaults(output: Json): string[] {
  const annotations = (output.annotations ?? []) as Json[];
  return [
    ...tooManyBytes(output, 'summary', 65_535),
    ...tooManyBytes(output, 'text', 65_535),
    ...(annotations.length > 50 ? ['at most 50 annotations at a time'] : []),
    ...annotations.flatMap((annotation) => [
      ...tooManyBytes(annotation, 'message', 65_536),
      ...tooManyBytes(annotation, 'raw_details', 65_536),
      ...tooLong(annotation, 'title', 255),
      ...(/^(\/|\.\.?\/)|\\/.test(String(annotation.path))
        ? ['path is not of the repository']
        : []),
    ]),
  ];
}

function tooManyBytes(part: Json, name: string, max: number): string[] {
  const bytes = Buffer.byteLength(String(part[name] ?? ''));
  return bytes > max ? [`${name} exceeds a maximum bytesize of ${max}`] : [];
}

function tooLong(part: Json, name: string, max: number): string[] {
  return String(part[name] ?? '').length > max ? [`${name} is longer than ${max} characters`] : [];
}

import type { XmlElement } from './support.js';

/*
 * The rules of junit-10.xsd, by which Jenkins' xUnit plugin (MIT) accepts or skips a whole file, in our own words:
 * which attributes an element may have, which it must have, and what may stand in it.
 */
interface Rule {
  readonly may: readonly string[];
  readonly must: readonly string[];
  readonly inside: readonly string[];
}
const RESULT: Rule = { may: ['type', 'message'], must: [], inside: [] };
const RULES: Readonly<Record<string, Rule>> = {
  testsuites: {
    may: ['name', 'time', 'tests', 'failures', 'errors'],
    must: [],
    inside: ['testsuite'],
  },
  testsuite: {
    may: [
      ...['name', 'tests', 'failures', 'errors', 'group', 'time', 'skipped', 'timestamp'],
      ...['hostname', 'id', 'package', 'file', 'log', 'url'],
    ],
    must: ['name', 'tests', 'failures', 'errors'],
    inside: ['testsuite', 'properties', 'testcase', 'system-out', 'system-err'],
  },
  properties: { may: [], must: [], inside: ['property'] },
  property: { may: ['name', 'value'], must: ['name', 'value'], inside: [] },
  testcase: {
    may: ['name', 'time', 'classname', 'group'],
    must: ['name'],
    inside: ['skipped', 'error', 'failure', 'system-out', 'system-err'],
  },
  skipped: RESULT,
  error: RESULT,
  failure: RESULT,
};
const TIME = /^(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?$/;

/** What the xUnit plugin would refuse; empty when it takes the report. */
export function xunitProblems(element: XmlElement, where = element.name): string[] {
  const rule = RULES[element.name];
  if (!rule) return [`${where}: unknown element`];
  const names = Object.keys(element.attributes);
  const { time } = element.attributes;
  return [
    ...names.filter((name) => !rule.may.includes(name)).map((name) => `${where}: has ${name}`),
    ...rule.must.filter((name) => !names.includes(name)).map((name) => `${where}: lacks ${name}`),
    ...(time !== undefined && !TIME.test(time) ? [`${where}: time ${time}`] : []),
    ...element.children.flatMap((child) =>
      rule.inside.includes(child.name)
        ? xunitProblems(child, `${where}/${child.name}`)
        : [`${where}: holds ${child.name}`],
    ),
  ];
}

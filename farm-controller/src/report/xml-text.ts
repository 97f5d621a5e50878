const MARKS: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
};

/** Attributes of an element, in their order and each after a space; those without a value are left out. */
export function element(facts: Readonly<Record<string, string | number | undefined>>): string {
  let text = '';
  for (const [name, value] of Object.entries(facts))
    if (value !== undefined) text += ` ${name}="${escaped(String(value))}"`;
  return text;
}

/** A reader turns line breaks and tabs in an attribute into spaces unless they are written as references. */
function escaped(text: string): string {
  return text.replace(/[&<>"\n\t]/g, (mark) => MARKS[mark] ?? mark);
}

/** Text between tags; an end mark in it is written over two sections. */
export function cdata(text: string): string {
  return `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;
}

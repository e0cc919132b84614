// Header fields as the peer sent them, line by line: Node joins some doubled ones and drops others. And the lists of RFC 9110
// section 5.6.1. Pure. Entered by upgrade and by ws-server.
import type { IncomingMessage } from 'node:http'

/** The values of a header, one for each of its lines. `name` in lower case. */
export function linesOf({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>, name: string): string[] {
  const values: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const given = rawHeaders[i] as string
    if (given.length === name.length && given.toLowerCase() === name) values.push(trim(rawHeaders[i + 1] ?? ''))
  }
  return values
}

/**
 * The elements of a list, of all its lines together; undefined if one of them is not of this form. RFC 9110 section 5.6.1.2:
 * "A recipient MUST parse and ignore a reasonable number of empty list elements".
 */
export function listOf(lines: readonly string[], element: RegExp): string[] | undefined {
  if (lines.length === 1 && element.test(lines[0] as string)) return [lines[0] as string] // most lists are of one element
  const list = elementsOf(lines.join(','))
  return list.every((text) => element.test(text)) ? list : undefined
}

/** The elements of a list without its empty ones; for lists whose elements hold no quoted commas. */
export function elementsOf(list: string): string[] {
  return list
    .split(',')
    .map(trim)
    .filter((text) => text !== '')
}

/** Optional whitespace is SP and HTAB only (RFC 9110 section 5.6.3): `String.trim` would take more. */
export function trim(text: string): string {
  let start = 0
  let end = text.length
  // Two loops, for a regular expression would look at inner blanks again and again.
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}
function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

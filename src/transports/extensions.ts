// Sec-WebSocket-Extensions: its grammar (RFC 6455 section 9.1) and which permessage-deflate offer to take (RFC 7692). Pure.

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
const PARAMETER = `${TOKEN}(?:[ \\t]*=[ \\t]*(?:${TOKEN}|"${TOKEN}"))?`
const EXTENSION = new RegExp(`^${TOKEN}(?:[ \\t]*;[ \\t]*${PARAMETER})*$`)
const WINDOW_BITS = /^(?:[89]|1[0-5])$/

/** The elements of the header; undefined if it breaks the grammar. */
function elements(header: string): string[] | undefined {
  const list = header.split(',').map((element) => element.trim())
  const filled = list.filter((element) => element !== '')
  return filled.length > 0 && filled.every((element) => EXTENSION.test(element)) ? filled : undefined
}

/**
 * The first permessage-deflate offer that can be taken, as it was written; '' if there is none. An offer that RFC 7692
 * declines (an unknown, doubled or ill-valued parameter) is skipped. Undefined: the header breaks the grammar.
 */
export function deflateOffer(header: string): string | undefined {
  return elements(header) === undefined ? undefined : (elements(header)?.find(isAcceptable) ?? '')
}

function isAcceptable(element: string): boolean {
  const [name, ...parameters] = element.split(';').map((part) => part.trim())
  if (name !== 'permessage-deflate') return false
  const seen = new Set<string>()
  for (const parameter of parameters) {
    const [key = '', value] = parameter.split('=').map((part) => part.trim())
    if (seen.has(key) || !isParameter(key, value?.replaceAll('"', ''))) return false
    seen.add(key)
  }
  return true
}

function isParameter(key: string, value: string | undefined): boolean {
  if (key === 'server_no_context_takeover' || key === 'client_no_context_takeover') return value === undefined
  if (key === 'client_max_window_bits') return value === undefined || WINDOW_BITS.test(value)
  return key === 'server_max_window_bits' && value !== undefined && WINDOW_BITS.test(value)
}

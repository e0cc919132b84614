// Sec-WebSocket-Extensions: its grammar, RFC 6455 section 9.1. Pure. Entered by upgrade.
import { TOKEN } from '../wire/token.js'
import { elementsOf, trim } from './headers.js'

/** One element of the header. */
export interface Extension {
  readonly name: string
  /** In the order given, doubled ones twice; undefined: a parameter without a value. */
  readonly parameters: readonly (readonly [name: string, value: string | undefined])[]
}

// "When using the quoted-string syntax variant, the value after quoted-string unescaping MUST conform to the 'token' ABNF":
// so between quotes nothing can stand that separates, and what passes this may be split at commas, semicolons and equals
// signs.
const QUOTED = `"(?:\\\\?${TOKEN.replace(/\+$/, '')})+"`
const PARAMETER = `${TOKEN}(?:[ \\t]*=[ \\t]*(?:${TOKEN}|${QUOTED}))?`
const EXTENSION = new RegExp(`^${TOKEN}(?:[ \\t]*;[ \\t]*${PARAMETER})*$`)

/**
 * The elements of the header; undefined if it breaks the grammar, also by holding none.
 *
 * @example
 * parseExtensions('permessage-deflate; server_max_window_bits="10"')
 * // => [{ name: 'permessage-deflate', parameters: [['server_max_window_bits', '10']] }]
 */
export function parseExtensions(header: string): Extension[] | undefined {
  const elements = elementsOf(header)
  return elements.length > 0 && elements.every((element) => EXTENSION.test(element)) ? elements.map(extensionOf) : undefined
}

function extensionOf(element: string): Extension {
  const [name = '', ...parameters] = element.split(';').map(trim)
  return { name, parameters: parameters.map(parameterOf) }
}

function parameterOf(text: string): readonly [string, string | undefined] {
  const [name = '', value] = text.split('=').map(trim)
  return [name, value?.replaceAll(/["\\]/g, '')]
}

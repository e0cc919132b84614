// The urls that a client asks for: one url, a scheme for each transport, parameters. Entered by connect and by the client.
import { must } from './options.js'

const SCHEMES = /^(http|ws)(s?):$/

/** Those that are undefined are left out. */
export type Parameters = Readonly<Record<string, string | number | undefined>>

/** A relative url is relative to the page. */
export function urlOf(given: string | URL, base: string | undefined): URL {
  // As URL.canParse, which browsers have had for a shorter time.
  let url: URL | undefined
  try {
    url = new URL(given, base)
  } catch {
    // said below
  }
  must(
    url !== undefined && SCHEMES.test(url.protocol),
    `url must be of http, https, ws or wss, or relative to a page, got ${given}`,
  )
  return url as URL
}

/** The same for WebSockets or for plain HTTP, with these parameters. */
export function address(url: URL, scheme: 'ws' | 'http', parameters: Parameters): string {
  const made = new URL(url)
  made.hash = '' // older browsers refuse it
  made.protocol = url.protocol.replace(SCHEMES, `${scheme}$2:`)
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) made.searchParams.set(name, String(value))
  return made.href
}

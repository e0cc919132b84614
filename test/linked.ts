// The messages of errors: their first line is what they say, and the page of the code.
import type { ErrorCode } from 'gensock'

/** A whole message of one line. */
export function linked(code: ErrorCode, said: string): string {
  return `${said} (see gensock/docs/errors/${code}.md)`
}

/** What a message of one line says before it names the page of this code, which it must. */
export function unlinked(code: ErrorCode, message: string): string {
  const link = linked(code, '')
  if (!message.endsWith(link)) throw new Error(`no link to the page of ${code}: ${message}`)
  return message.slice(0, -link.length)
}

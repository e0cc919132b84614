// What a call has rejected with: an error that it does not have, a call that the contract does not have, other data.
import { isProtocolError } from 'gensock/protocol'
import { chat } from './contract.js'

export function told(thrown: unknown): string {
  if (isProtocolError(thrown, chat, 'histroy')) return ''
  if (isProtocolError(thrown, chat, 'history') && thrown.error === 'tooFew') return ''
  if (isProtocolError(thrown, chat, 'history')) return thrown.data
  return ''
}

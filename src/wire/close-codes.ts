// The close codes of RFC 6455 section 7.4 and of the registry that it opens, and which of them may stand in a frame. Pure; shared by
// everything that speaks WebSocket, on either side.

export const NORMAL = 1000
/** The server goes down, or the page is left. */
export const GOING_AWAY = 1001
export const PROTOCOL_ERROR = 1002
/** Never on the wire: a close frame without a code. */
export const NO_STATUS = 1005
/** Never on the wire: an end without a close frame. */
export const ABNORMAL = 1006
/** Text that is no UTF-8, or data that cannot be inflated. */
export const INVALID_DATA = 1007
export const POLICY_VIOLATION = 1008
export const TOO_BIG = 1009
export const INTERNAL_ERROR = 1011
export const SERVICE_RESTART = 1012
export const TRY_AGAIN_LATER = 1013
/** Ours, of the private range: the claims that the socket was opened with have ended. Made after HTTP's 401. */
export const CLAIMS_EXPIRED = 4401

/** Ours: the client offers no subprotocol, and so no version of a contract, that the server speaks. Made after HTTP's 406. */
export const NOT_ACCEPTABLE = 4406

/** May this code stand in a close frame? RFC 6455 section 7.4: 1004, 1005, 1006 and 1015 never do. */
export function isCloseCode(code: unknown): code is number {
  if (typeof code !== 'number' || !Number.isInteger(code)) return false
  return (
    (code >= 1000 && code <= 1014 && code !== 1004 && code !== NO_STATUS && code !== ABNORMAL) || (code >= 3000 && code <= 4999)
  )
}

/** Ours: another tab or connection has taken this one's place. Made after HTTP's 409. */
export const REPLACED = 4409

/** What a client does after a close. 'renew': asks for a new token, then as 'retry'. */
export type AfterClose = 'stop' | 'retry' | 'renew'
/** The codes after which trying again, with the same token, can help. Every other code below 5000 that is not here means: stop. */
const AFTER: Readonly<Record<number, AfterClose>> = {
  [GOING_AWAY]: 'retry',
  [NO_STATUS]: 'retry',
  [ABNORMAL]: 'retry',
  [INTERNAL_ERROR]: 'retry',
  [SERVICE_RESTART]: 'retry',
  [TRY_AGAIN_LATER]: 'retry',
  1014: 'retry',
  3000: 'renew',
  3008: 'retry',
  [CLAIMS_EXPIRED]: 'renew',
}
/** What a client does after a connection was closed with this code: docs/client.md has the table. */
export function afterClose(code: number): AfterClose {
  return AFTER[code] ?? 'stop'
}

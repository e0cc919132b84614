// The clients of gen_server (gs_) and gen_statem (sm_): call, cast, reply, stop, and requests whose response comes later.
import { CallError, genServer, genStatem, type Response } from '../../src/index.js'
import type { Frame, Handler, InstructionTable } from './interpreter.js'
import { toReason } from './library.js'
import { MAX_MS } from './instructions-time.js'
import { raise } from './raised.js'
import type { Json } from './scenario.js'
import { isAtom, type Term } from './terms.js'
import { isRemoteName, localNameOf } from './wrong-types.js'

/** What the two clients have in common; everything else that they are asked for is theirs to refuse. */
interface Client {
  call(dest: any, request: any, timeoutMs?: any): Promise<unknown>
  cast(dest: any, request: any): void
  reply(from: any, value: any): void
  stop(dest: any, reason?: any, timeoutMs?: any): Promise<void>
  sendRequest(dest: any, request: any): any
  receiveResponse(id: any, timeoutMs?: any): Promise<Response | 'timeout'>
  waitResponse(id: any, timeoutMs?: any): Promise<Response | 'timeout'>
  checkResponse(message: any, id: any): Response | 'no_reply'
}

/** Stands in failures for the description of the call. */
export const CALL = '$call'

/** A server as it was named: a pid, a name; anything else goes on as it is. */
export function serverOf(term: Term): unknown {
  if (isRemoteName(term)) return localNameOf(term) ?? term
  return isAtom(term) ? String(term) : term
}

/** Runs `ask` as the process of `frame`; a failed call becomes the exit exception `{Reason, $call}`. */
export async function calling<T>(frame: Frame, ask: () => Promise<T>): Promise<T> {
  return asking(frame, ask, (reason) => frame.terms.tuple(reason, CALL))
}

async function asking<T>(frame: Frame, ask: () => Promise<T>, reasonOf: (reason: Term) => Term): Promise<T> {
  try {
    return await frame.self.run(ask)
  } catch (error) {
    if (error instanceof CallError) raise('exit', reasonOf(frame.library.toTerm(error.reason)))
    throw error
  }
}

function timeoutOf(frame: Frame, timeout: Json | undefined): unknown {
  const limit = timeout === undefined ? undefined : frame.evaluate(timeout)
  return typeof limit === 'number' ? Math.min(limit, MAX_MS) : limit
}

function clientInstructions(prefix: string, client: Client): InstructionTable {
  const waiter = (wait: 'receiveResponse' | 'waitResponse'): Handler => {
    return async (frame, { req, timeout }) => {
      const id = frame.library.origin(frame.evaluate(req))
      return frame.library.toTerm(await frame.self.run(() => client[wait](id, timeoutOf(frame, timeout))))
    }
  }
  const table: InstructionTable = {
    call: async (frame, { to, msg, timeout }) => {
      const [dest, request, limit] = [serverOf(frame.evaluate(to)), frame.evaluate(msg), timeoutOf(frame, timeout)]
      return frame.library.toTerm(await calling(frame, () => client.call(dest, request, limit)))
    },
    cast: (frame, { to, msg }) => {
      const [dest, request] = [serverOf(frame.evaluate(to)), frame.evaluate(msg)]
      frame.self.run(() => client.cast(dest, request))
      return 'ok'
    },
    reply: (frame, { from, msg }) => {
      const [caller, value] = [frame.library.origin(frame.evaluate(from)), frame.evaluate(msg)]
      frame.self.run(() => client.reply(caller, value))
      return 'ok'
    },
    stop: async (frame, { to, reason, timeout }) => {
      const dest = serverOf(frame.evaluate(to))
      const why = reason === undefined ? undefined : toReason(frame.evaluate(reason))
      const limit = timeoutOf(frame, timeout)
      await asking(
        frame,
        () => client.stop(dest, why, limit),
        // Whoever stops itself gets the failure of a call; every other failure is the bare reason.
        (failed) => (failed === 'calling_self' ? frame.terms.tuple(failed, CALL) : failed),
      )
      return 'ok'
    },
    send_request: (frame, { to, msg }) => {
      const [dest, request] = [serverOf(frame.evaluate(to)), frame.evaluate(msg)]
      const id = frame.self.run(() => client.sendRequest(dest, request))
      return frame.library.stands(frame.terms.tuple('$request', id.ref), id)
    },
    receive_response: waiter('receiveResponse'),
    wait_response: waiter('waitResponse'),
    check_response: (frame, { msg, req }) => {
      const [message, id] = [frame.library.origin(frame.evaluate(msg)), frame.library.origin(frame.evaluate(req))]
      return frame.library.toTerm(client.checkResponse(message, id))
    },
  }
  return Object.fromEntries(Object.entries(table).map(([op, handler]) => [`${prefix}_${op}`, handler]))
}

export const genServerInstructions = clientInstructions('gs', genServer as unknown as Client)
export const genStatemInstructions = clientInstructions('sm', genStatem as unknown as Client)

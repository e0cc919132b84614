// Hot path. Command lists: checked whole first, then carried out in one go. A close frame cuts the tail.
// Entered by socket (results and push) and by broadcast (the check, in the sender); calls the connection.
import { rejectUnknown, requireInt, requireMs } from '../base/check.js'
import { badFrame, checkFrame, copyData, type Opcode, opcodeOf, type OutFrame } from './frames.js'
import { kMail, ORDER } from './mail.js'
import type { SocketChanges } from './request.js'

/**
 * What a callback can ask of its socket. Everything but a frame takes effect at once and for the frames after it.
 *
 * @example
 * const locked: Command[] = [['setOptions', { idleTimeoutMs: 5000 }], text('5 seconds to log in'), ['active', true]]
 * const handler = defineHandler({ init: () => ['push', locked, null], handle: (frame, state) => ['push', frame, state] })
 * const socket = fakeTransport(node, handler)
 * await node.advance(5000)
 * socket.closed // => ['close', 1000]
 * @see Cowboy 2.18, `cowboy_websocket`: `commands()`
 */
export type Command =
  | OutFrame
  /** Reads from the peer, or stops to: then the peer's own kernel holds it back. True at the start. */
  | readonly ['active', boolean]
  /** Compresses what follows, if compression was negotiated. True at the start. */
  | readonly ['deflate', boolean]
  | readonly ['setOptions', SocketChanges]
  /** An end that would be `normal` has the exit reason `['shutdown', reason]` instead. */
  | readonly ['shutdownReason', unknown]
/**
 * One command or a list of them. The list is checked whole, then carried out in order; what follows a close frame does not
 * count.
 *
 * @example
 * const farewell: Commands = [text('bye'), close(4000, 'moved')]
 * const socket = fakeTransport(node, echo)
 * await node.settle()
 * pushTo(socket.pid, farewell)
 * await node.settle()
 * socket.sent // => [['text', 'bye']]
 * socket.closed // => ['close', 4000, 'moved']
 * @see Cowboy 2.18, `cowboy_websocket`: `commands()`
 */
export type Commands = Command | readonly Command[]

/** What commands act on: one socket. */
export interface CommandTarget {
  deflate: boolean
  send(opcode: Opcode, data: string | Uint8Array | undefined): void
  setActive(on: boolean): void
  setOptions(changes: SocketChanges): void
  setShutdownReason(reason: unknown): void
  /** A close frame was asked for: nothing after it counts. */
  closeWith(code: number | undefined, reason: string | undefined): void
}

/** Checks all, then carries them out. Throws `GENSOCK_ERR_BAD_FRAME` before anything has been sent. */
export function run(target: CommandTarget, commands: Commands, maxFrameBytes: number): void {
  check(commands, maxFrameBytes)
  runChecked(target, commands)
}

/** Carries out what has been checked. */
export function runChecked(target: CommandTarget, commands: Commands): void {
  if (isOne(commands)) {
    carryOut(target, commands)
    return
  }
  for (let i = 0; i < commands.length; i++) {
    if (carryOut(target, commands[i] as Command)) return
  }
}

/** Refuses a list in which anything up to its first close frame cannot be carried out. */
export function check(commands: unknown, maxFrameBytes: number): void {
  if (!Array.isArray(commands)) throw badFrame('commands', 'a command or a list of commands', commands)
  if (isOne(commands)) {
    checkOne(commands, maxFrameBytes)
    return
  }
  for (let i = 0; i < commands.length; i++) {
    checkOne(commands[i], maxFrameBytes)
    if (commands[i][0] === 'close') return
  }
}

function isOne(commands: Commands): commands is Command {
  return typeof commands[0] === 'string'
}

function checkOne(command: unknown, maxFrameBytes: number): void {
  if (!Array.isArray(command)) throw badFrame('a command', "a tuple such as ['text', 'hello']", command)
  if (checkFrame(command)) return
  switch (command[0]) {
    case 'active':
    case 'deflate':
      if (typeof command[1] !== 'boolean' || command.length !== 2)
        throw badFrame(`the command ${command[0]}`, `['${command[0]}', true or false]`, command)
      return
    case 'setOptions':
      checkChanges(command[1], maxFrameBytes)
      return
    case 'shutdownReason':
      if (command.length !== 2) throw badFrame('the command shutdownReason', "['shutdownReason', reason]", command)
      return
    default:
      throw badFrame('a command', 'text, binary, ping, pong, close, active, deflate, setOptions or shutdownReason', command)
  }
}

const CHANGES = ['idleTimeoutMs', 'maxFrameBytes', 'expiresAt', 'claims'] as const

/** `maxFrameBytes` may only go down: the transport enforces the limit that the socket began with. */
function checkChanges(changes: unknown, maxFrameBytes: number): void {
  rejectUnknown('setOptions', changes as object, CHANGES)
  const { idleTimeoutMs, maxFrameBytes: max, expiresAt } = changes as SocketChanges
  if (idleTimeoutMs !== undefined) requireMs('setOptions: idleTimeoutMs', idleTimeoutMs)
  if (max !== undefined) requireInt('setOptions: maxFrameBytes (the limit at the start is the highest)', max, 1, maxFrameBytes)
  if (expiresAt !== undefined && expiresAt !== Infinity) requireInt('setOptions: expiresAt (ms since 1970)', expiresAt, 0)
}

/** True when it was a close frame. */
function carryOut(target: CommandTarget, command: Command): boolean {
  switch (command[0]) {
    case 'text':
    case 'binary':
    case 'ping':
    case 'pong':
      target.send(opcodeOf(command[0]), command[1])
      return false
    case 'close':
      target.closeWith(command[1], command[2])
      return true
    case 'active':
      target.setActive(command[1])
      return false
    case 'deflate':
      target.deflate = command[1]
      return false
    case 'setOptions':
      target.setOptions(command[1])
      return false
    default:
      target.setShutdownReason(command[1])
      return false
  }
}

function copyOne(command: Command): Command {
  if (command[0] === 'setOptions') return ['setOptions', { ...command[1] }]
  return (command[0] === 'shutdownReason' ? [...command] : command.map(copyData)) as unknown as Command
}

/** Up to the first close frame: nothing after it counts, nor has it been checked. */
function copyAll(commands: readonly Command[]): Command[] {
  const end = commands.findIndex((command) => command[0] === 'close')
  return (end < 0 ? commands : commands.slice(0, end + 1)).map(copyOne)
}

/** Checked commands on their way to a socket, from any process; copied, so their owner may change his afterwards. */
export class PushOrder {
  readonly commands: Commands
  constructor(commands: Commands) {
    this.commands = isOne(commands) ? copyOne(commands) : copyAll(commands)
  }
  get [kMail](): typeof ORDER {
    return ORDER
  }
}

// A message from any process: one that is not in the contract, one that does not fit; and a pid that is no socket's.
import { type Pid } from 'gensock'
import { toGroup, toSocket, toSockets } from 'gensock/protocol'
import type { SocketPid } from 'gensock/socket'
import { chat } from './contract.js'

declare const socket: SocketPid
declare const pid: Pid
toSocket(chat, socket).said({ nick: 'me', text: 'hello' })
toSockets(chat, [socket]).say({ line: 'hello' })
toGroup(chat, 'lobby').full('yes')
toSocket(chat, pid).full(true)

// The program of talk.cjs with the ESM doors.
import * as client from 'gensock/client'
import { msgpackCodec } from 'gensock/msgpack'
import * as protocol from 'gensock/protocol'
import * as socket from 'gensock/socket'
import { WebSocket } from 'ws'
import program from './talk.cjs'

await program.main({ socket, protocol, client, msgpackCodec, WebSocket })

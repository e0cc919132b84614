// The program of program.cjs with the ESM doors.
import * as core from 'gensock'
import * as bullet from 'gensock/bullet'
import * as boss from 'gensock/chicago-boss'
import * as client from 'gensock/client'
import * as cowboy from 'gensock/cowboy'
import * as socket from 'gensock/socket'
import * as session from 'gensock/session'
import * as testing from 'gensock/testing'
import * as jest from 'gensock/testing/jest'
import * as xstate from 'gensock/xstate'
import * as zotonic from 'gensock/zotonic'
import { WebSocket } from 'ws'
import { createMachine } from 'xstate'
import program from './program.cjs'

const handlers = { cowboy, zotonic, bullet, boss }
await program.main({ ...handlers, core, socket, session, client, testing, jest, xstate, createMachine, WebSocket })

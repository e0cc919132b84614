// What a request shows of itself in logs.
import type { IncomingMessage } from 'node:http'
import { inspect } from 'node:util'
import { expect, test } from '@jest/globals'
import { HttpRequest } from '../../src/transports/request.js'

test('a request shows neither cookies nor credentials nor its query', () => {
  const headers = {
    host: 'host.test',
    'user-agent': 'test',
    cookie: 'z_sid=SECRET',
    authorization: 'Bearer SECRET',
    'proxy-authorization': 'Basic SECRET',
    referer: 'https://host.test/?token=SECRET',
    'sec-websocket-protocol': 'token.SECRET',
  }
  const url = '/a?z_pageid=SECRET&token=SECRET'
  const node = { method: 'GET', url, headers } as unknown as IncomingMessage
  const target = { path: '/a', search: 'z_pageid=SECRET&token=SECRET', authority: undefined }
  const request = new HttpRequest(node, target, { address: '127.0.0.1', secure: true })
  expect([request.cookies, request.query.get('token')]).toEqual([{ z_sid: 'SECRET' }, 'SECRET'])
  const hidden = '[hidden]'
  expect(JSON.parse(JSON.stringify(request))).toEqual({
    method: 'GET',
    path: '/a',
    headers: {
      host: 'host.test',
      'user-agent': 'test',
      cookie: hidden,
      authorization: hidden,
      'proxy-authorization': hidden,
      referer: hidden,
      'sec-websocket-protocol': hidden,
    },
    remoteAddress: '127.0.0.1',
    secure: true,
  })
  for (const options of [{ depth: 9 }, { showHidden: true, getters: true, depth: 9 }, { depth: 0 }]) {
    expect(inspect(request, options)).toMatch(/^HttpRequest \{/)
    expect(inspect({ request }, options)).not.toContain('SECRET')
  }
})

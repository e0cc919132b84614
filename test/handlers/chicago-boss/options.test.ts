// The options of services and discover: defaults, bounds, and that a bad one is refused at once, by its name.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createNode } from 'gensock'
import { type BossOptions, discover, services, type ServiceModule } from 'gensock/chicago-boss'
import { type TestNode, testNode } from 'gensock/testing'
import { BOSS_DEFAULTS, bossOptions } from '../../../src/handlers/chicago-boss/options.js'
import { linked } from '../../linked.js'
import { folderWith, SERVICE } from './files.js'

const MAX_MS = 2_147_483_647
let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const quiet: ServiceModule<null> = () => ({ init: () => ['ok', null] })
const bad = (options: object) => options as BossOptions
const checked = (options: object) => bossOptions('here', bad(options))

describe('defaults', () => {
  // Chicago Boss: base_url "/", session_key "_boss_session"; boss_service_sup: one_for_all, 10 restarts in 10 seconds
  test('are those of the table, and with restart: faithful the period is that of Chicago Boss', () => {
    expect(checked({})).toEqual(BOSS_DEFAULTS)
    expect(BOSS_DEFAULTS).toEqual({
      baseUrl: '/',
      app: undefined,
      restart: 'replay',
      intensity: 10,
      periodMs: 5000,
      initTimeoutMs: 60_000,
      maxWaitingBytes: 67_108_864,
      sessionKey: '_boss_session',
      route: undefined,
      node: undefined,
    })
    expect(checked({ restart: 'faithful' })).toEqual({ ...BOSS_DEFAULTS, restart: 'faithful', periodMs: 10_000 })
    expect(checked({ restart: 'faithful', periodMs: 1 }).periodMs).toBe(1)
  })

  test('stand for options that are undefined, and cannot be changed', () => {
    expect(checked({ baseUrl: undefined, restart: undefined, intensity: undefined, periodMs: undefined })).toEqual(BOSS_DEFAULTS)
    expect(Object.isFrozen(BOSS_DEFAULTS)).toBe(true)
    expect(Object.isFrozen(checked({}))).toBe(true)
  })
})

describe('bounds', () => {
  test.each([
    ['intensity', 0],
    ['intensity', Number.MAX_SAFE_INTEGER],
    ['periodMs', 1],
    ['periodMs', MAX_MS],
    ['initTimeoutMs', 1],
    ['initTimeoutMs', MAX_MS],
    ['maxWaitingBytes', 0],
    ['maxWaitingBytes', Number.MAX_SAFE_INTEGER],
  ])('%s may be %d', (name, value) => {
    expect(checked({ [name]: value })).toEqual({ ...BOSS_DEFAULTS, [name]: value })
  })

  test.each([
    ['intensity', -1],
    ['initTimeoutMs', 0],
    ['initTimeoutMs', MAX_MS + 1],
    ['maxWaitingBytes', -1],
    ['maxWaitingBytes', 0.5],
    ['intensity', Number.MAX_SAFE_INTEGER + 1],
    ['intensity', 1.5],
    ['intensity', Number.NaN],
    ['intensity', 'infinity'],
    ['periodMs', -1],
    ['periodMs', 0],
    ['periodMs', MAX_MS + 1],
    ['periodMs', 0.5],
    ['periodMs', '5000'],
  ])('%s may not be %p', (name, value) => {
    expect(() => checked({ [name]: value })).toThrow(`here: ${name} must be a whole number from `)
  })

  test.each(['/', '/chat', '/chat/', '/a/b', '/a/b/', '/a.b~c-d_e', '/%20', '/ä'])('baseUrl may be %s', (baseUrl) => {
    expect(checked({ baseUrl }).baseUrl).toBe(baseUrl)
  })

  test.each([
    '',
    'chat',
    'http://127.0.0.1/chat',
    '//',
    '//chat',
    '/chat//',
    '/a//b',
    '/chat?a=b',
    '/chat#a',
    '/chat/:room',
    '/*',
    '/ chat',
    null,
    1,
  ])('baseUrl may not be %p', (baseUrl) => {
    expect(() => checked({ baseUrl })).toThrow("here: baseUrl must be a path such as '/' or '/chat', without variables, got ")
  })
})

describe('a bad option is refused', () => {
  const cases: readonly [string, unknown, string][] = [
    ['app', '', 'app must be a name of letters, digits and underscores'],
    ['app', 'my-app', 'app must be a name of letters, digits and underscores'],
    ['app', null, 'app must be a name of letters, digits and underscores'],
    ['restart', 'one_for_all', "restart must be 'replay' or 'faithful'"],
    ['restart', null, "restart must be 'replay' or 'faithful'"],
    ['sessionKey', '', 'sessionKey must be the name of a cookie'],
    ['sessionKey', 'a cookie', 'sessionKey must be the name of a cookie'],
    ['sessionKey', 'a=b', 'sessionKey must be the name of a cookie'],
    ['sessionKey', 1, 'sessionKey must be the name of a cookie'],
    ['intensity', -1, 'intensity must be a whole number from 0 to 9007199254740991'],
    ['periodMs', 0, `periodMs must be a whole number from 1 to ${MAX_MS}`],
    ['baseUrl', 'chat', 'baseUrl must be a path'],
  ]
  test.each(cases)('by both at once: %s %p', (name, value, said) => {
    const options = bad({ node, [name]: value })
    const refused = (where: string): object =>
      expect.objectContaining({ code: 'GENSOCK_ERR_BADARG', message: expect.stringContaining(`${where}: ${said}`) })
    expect(() => services({ my_a_websocket: quiet }, options)).toThrow(refused('services'))
    expect(() => discover(folderWith({ 'my_a_websocket.js': SERVICE }), options)).toThrow(refused('discover'))
  })

  test.each([
    ['load', () => SERVICE, 'services does not know the option'],
    ['base_url', '/chat', 'services does not know the option'],
    ['idleTimeoutMs', 1000, 'services does not know the option'],
  ])('by its name, if services does not know it: %s', (name, value, said) => {
    const options = bad({ node, [name]: value })
    expect(() => services({ my_a_websocket: quiet }, options)).toThrow(
      expect.objectContaining({
        code: 'GENSOCK_ERR_UNKNOWN_OPTION',
        message: linked(
          'GENSOCK_ERR_UNKNOWN_OPTION',
          `${said} '${name}'; it knows baseUrl, app, restart, intensity, periodMs, initTimeoutMs, maxWaitingBytes, sessionKey, route, node`,
        ),
      }),
    )
  })

  test('by its name, if discover does not know it', () => {
    expect(() => discover('.', bad({ loader: 'tsx' }))).toThrow(
      expect.objectContaining({
        code: 'GENSOCK_ERR_UNKNOWN_OPTION',
        message: linked(
          'GENSOCK_ERR_UNKNOWN_OPTION',
          "discover does not know the option 'loader'; it knows baseUrl, app, restart, intensity, periodMs, initTimeoutMs, maxWaitingBytes, sessionKey, route, node, load",
        ),
      }),
    )
  })

  test.each([[null], [[]], ['/chat'], [1]])('if it is not in an object: %p', (options) => {
    expect(() => services({ my_a_websocket: quiet }, options as never)).toThrow('services: options must be an object, got ')
    expect(() => discover('.', options as never)).toThrow('discover: options must be an object, got ')
  })

  test.each([['require'], [null], [{}]])('if load is no function but %p', (load) => {
    expect(() => discover('.', bad({ load }))).toThrow('discover: load must be a function, got ')
  })

  test.each([[{}], ['node@host'], [1], [null]])('if node is none but %p', (given) => {
    const options = bad({ node: given })
    expect(() => services({ my_a_websocket: quiet }, options)).toThrow('node must be a node made by createNode')
    expect(() => discover(folderWith({ 'my_a_websocket.js': SERVICE }), options)).toThrow(
      'node must be a node made by createNode',
    )
  })

  test('if one of route is bad: by services at once, by discover once its files are loaded', async () => {
    const unknown = bad({ node, route: { idle: 1 } })
    expect(() => services({ my_a_websocket: quiet }, unknown)).toThrow("does not know the option 'idle'")
    const folder = folderWith({ 'my_a_websocket.js': SERVICE })
    await expect(discover(folder, unknown)).rejects.toThrow("does not know the option 'idle'")
  })
})

test('another node takes the services there', async () => {
  const other = createNode()
  const boss = await node.run(() => services({ my_a_websocket: quiet }, { node: other }))
  expect(other.whereis('my_a_websocket')).toBeDefined()
  expect(node.whereis('my_a_websocket')).toBeUndefined()
  expect(boss.routes).toHaveLength(1)
  await other.stop()
})

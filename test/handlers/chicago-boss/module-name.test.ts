// Names of modules and the URLs of their services.
import { describe, expect, test } from '@jest/globals'
import { GensockError } from 'gensock'
import { serviceOf, urlOf } from '../../../src/handlers/chicago-boss/module-name.js'

describe('the service of a name', () => {
  test.each([
    ['myapp_foobar_websocket', undefined, 'foobar'],
    ['myapp_foo_bar_websocket', undefined, 'foo_bar'],
    ['a_b_websocket', undefined, 'b'],
    ['a_websocket_websocket', undefined, 'websocket'],
    ['a_b_websocket_websocket', undefined, 'b_websocket'],
    ['MyApp2_Chat2_websocket', undefined, 'Chat2'],
    ['a___websocket', undefined, '_'],
    ['my_app_foo_websocket', 'my_app', 'foo'],
    ['my_app_foo_websocket', 'my', 'app_foo'],
    ['my_app_foo_bar_websocket', 'my_app_foo', 'bar'],
    ['1st_foo_websocket', '1st', 'foo'],
    ['my_my_websocket', 'my', 'my'],
    ['my_websocket_websocket', 'my', 'websocket'],
  ])('%s of the application %s is %s', (name, app, service) => {
    expect(serviceOf('here', name, app)).toBe(service)
  })

  test.each([
    ['', undefined],
    ['websocket', undefined],
    ['_websocket', undefined],
    ['myapp_websocket', undefined],
    ['myapp__websocket', undefined],
    ['_foobar_websocket', undefined],
    ['1app_foobar_websocket', undefined],
    ['my-app_foobar_websocket', undefined],
    ['myapp_foo-bar_websocket', undefined],
    ['myapp_foo/bar_websocket', undefined],
    ['myapp_fööbar_websocket', undefined],
    ['myapp_foobar_websocket\n', undefined],
    ['myapp_foobar_WEBSOCKET', undefined],
    ['myapp_foobar_websockets', undefined],
    ['myapp_foobar', undefined],
    ['myappfoobarwebsocket', undefined],
    ['constructor', undefined],
    ['other_foobar_websocket', 'myapp'],
    ['myapp2_foobar_websocket', 'myapp'],
    ['MYAPP_foobar_websocket', 'myapp'],
    ['myapp_websocket', 'myapp'],
    ['myapp__websocket', 'myapp'],
    ['my_websocket', 'my_websocket'],
    ['myapp_foo-bar_websocket', 'myapp'],
    ['myapp_foobar_websocket\n', 'myapp'],
  ])('%j of the application %s has none', (name, app) => {
    const form = `${app ?? '<app>'}_<service>_websocket`
    let thrown: unknown
    try {
      serviceOf('here', name, app)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(GensockError)
    expect(thrown).toMatchObject({
      code: 'GENSOCK_ERR_BADARG',
      message: expect.stringContaining(`here must be of the form ${form}, got '`),
    })
  })
})

describe('the URL of a service', () => {
  // Seed 003: "ws://localhost:8001/websocket/foobar"; "if the base_url is set to "/chat"", "ws://localhost:8001/chat/websocket/foobar"
  test.each([
    ['/', '/websocket/foobar'],
    ['/chat', '/chat/websocket/foobar'],
    ['/chat/', '/chat/websocket/foobar'],
    ['/a/b', '/a/b/websocket/foobar'],
  ])('below %s is %s', (baseUrl, url) => {
    expect(urlOf(baseUrl, 'foobar')).toBe(url)
  })
})

// Names of modules, `<app>_<service>_websocket`, and the URLs of their services. Pure. Entered by services and discover.
import { BadArgError } from '../../base/errors.js'

const NAME = /^[A-Za-z][A-Za-z0-9]*_(?<service>\w+)_websocket$/

/**
 * The service of a module's name. Without `app` the application's name ends at the first underscore.
 *
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - the name is not of the form
 */
export function serviceOf(where: string, name: string, app: string | undefined): string {
  if (app === undefined) {
    const service = NAME.exec(name)?.groups?.['service']
    if (service !== undefined) return service
    throw new BadArgError(where, 'of the form <app>_<service>_websocket', name)
  }
  const service =
    name.startsWith(`${app}_`) && name.endsWith('_websocket') ? name.slice(app.length + 1, -'_websocket'.length) : ''
  if (/^\w+$/.test(service)) return service
  throw new BadArgError(where, `of the form ${app}_<service>_websocket`, name)
}

/** `/websocket/<service>` below a base URL. */
export function urlOf(baseUrl: string, service: string): string {
  return `${baseUrl.replace(/\/$/, '')}/websocket/${service}`
}

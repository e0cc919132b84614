// Door "gensock/bullet": Bullet's handlers, argument for argument.
export { bullet } from './bullet.js'
export type { BulletHandler, BulletInitResult, BulletResult, BulletTransport } from './types.js'
export type { Req } from '../../sockets/req.js'

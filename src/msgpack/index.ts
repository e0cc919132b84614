// Door "gensock/msgpack": MessagePack as a codec of protocols, on msgpackr.
export { msgpackCodec } from './codec.js'

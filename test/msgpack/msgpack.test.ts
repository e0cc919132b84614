import { msgpackCodec } from 'gensock/msgpack'
import { codecSuite } from '../wire/codec-suite.js'
import { ownFacts } from './own-facts.js'
import { rawMsgpack } from './raw.js'

codecSuite('msgpack', msgpackCodec, rawMsgpack)
ownFacts('msgpack')

import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { type Static, Type } from 'typebox'
import { Id } from '../../contract/common.ts'
import { readByteRange } from '../../domain/byte-range.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { FootageSegment } from '../../domain/footage.ts'
import type { CameraId } from '../../domain/ids.ts'
import type { HttpApp } from '../../platform/http.ts'
import { picturesOnly } from '../mp4/pictures-only.ts'
import { askerOf } from './asker.ts'
import type { FootageStore } from './footage-store.ts'
import { readAt } from './fragment-head.ts'
import { keyframeBytes } from './keyframes.ts'
import type { RecordedH264 } from './recorded-h264.ts'

/** A file's name is looked up, never opened as it was asked for. */
const params = Type.Object({
  id: Id,
  day: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
  file: Type.String({ maxLength: 64, pattern: '^[0-9A-Za-z.-]+\\.mp4$' }),
})
/** Place of the first keyframe among the segment's, and of the one behind the last. */
const KeyframeRange = Type.String({ pattern: '^\\d{1,6}-\\d{1,6}$' })
/** As playlists name a file's parts, apart from byte ranges. */
const MediaQuery = Type.Object(
  {
    keyframes: Type.Optional(KeyframeRange),
    /** With `h264` only: whole groups of pictures. */
    groups: Type.Optional(KeyframeRange),
    /** The initialisation section; without sound for keyframes alone. */
    init: Type.Optional(Type.Enum(['whole', 'pictures'])),
    /** Made into H.264, for players of nothing else. */
    h264: Type.Optional(Type.Literal('1')),
  },
  { additionalProperties: false },
)
type MediaQuery = Static<typeof MediaQuery>

/** What was recorded does not change; it is for nobody else to keep. */
const cacheControl = 'private, max-age=3600, immutable'
const pieceBytes = 128 * 1024
const mostKeyframes = 600
/** Each is decoded and encoded before the first one leaves. */
const mostGroups = 60

export interface MediaRouteDeps {
  readonly footage: FootageStore
  readonly h264: RecordedH264
}

/** Recorded files as playlists name them: by byte range, keyframes alone, or as H.264. */
export function mediaRoute(app: HttpApp, { footage, h264 }: MediaRouteDeps): void {
  app.get(
    '/api/v1/cameras/:id/playback/:day/:file',
    {
      config: { action: 'playback', audit: { act: 'playback.watch', when: 'viewed' } },
      exposeHeadRoute: false,
      schema: {
        summary: 'Media of a playback playlist; takes byte ranges',
        params,
        querystring: MediaQuery,
      },
    },
    async (request, reply) => {
      const { id, day, file: name } = request.params
      const { query } = request
      const segment = await footage.find(id as CameraId, `${id}/${day}/${name}`)
      void reply.type('video/mp4')
      // The whole of an open file will be another one later.
      if (!segment.open || query.init !== undefined) void reply.header('cache-control', cacheControl)
      if (query.h264 !== undefined)
        return await reply.send(await asH264(segment, query, askerOf(request, reply).signal))
      if (query.init !== undefined) return await reply.send(await initOf(segment, query.init))
      if (query.keyframes === undefined) return await sendRange(reply, segment, request.headers.range)
      const [from, to] = keyframesIn(segment, query.keyframes, 'keyframes', mostKeyframes)
      const file = await footage.open(segment)
      const stream = Readable.from(keyframeBytes(file, segment, from, to), { objectMode: false })
      stream.once('close', () => void file.close())
      reply.raw.once('close', () => stream.destroy())
      return await reply.send(stream)
    },
  )

  function asH264(
    segment: FootageSegment,
    { init, keyframes, groups }: MediaQuery,
    asker: AbortSignal,
  ): Promise<Buffer> {
    if (init !== undefined) return h264.init(segment, init === 'whole', asker)
    const keyframesOnly = keyframes !== undefined
    const [fromKeyframe, toKeyframe] = keyframesOnly
      ? keyframesIn(segment, keyframes, 'keyframes', mostGroups)
      : keyframesIn(segment, groups ?? '', 'groups', mostGroups)
    return h264.groups(segment, { fromKeyframe, toKeyframe, keyframesOnly }, asker)
  }

  async function initOf(segment: FootageSegment, kind: 'whole' | 'pictures'): Promise<Buffer> {
    const file = await footage.open(segment)
    try {
      const init = await readAt(file, 0, segment.initBytes)
      return kind === 'pictures' ? picturesOnly(init) : init
    } finally {
      await file.close()
    }
  }

  async function sendRange(
    reply: FastifyReply,
    segment: FootageSegment,
    header: string | undefined,
  ): Promise<FastifyReply> {
    const range = readByteRange(header, segment.bytes)
    if (range === 'unsatisfiable') {
      void reply.header('content-range', `bytes */${segment.bytes}`)
      throw new GatewayError({
        kind: 'unsatisfiable',
        code: 'range-unsatisfiable',
        message: 'the file ends before this range begins',
      })
    }
    const { from: start, to: end } = range ?? { from: 0, to: segment.bytes - 1 }
    const file = await footage.open(segment)
    void reply.header('accept-ranges', 'bytes').header('content-length', end - start + 1)
    if (range !== null) {
      // How long a file will be that is still being written, nobody knows.
      const size = segment.open ? '*' : segment.bytes
      void reply
        .code(206)
        .header('content-range', `bytes ${start}-${end}/${size}`)
        .header('cache-control', cacheControl)
    }
    const stream = file.createReadStream({ start, end, highWaterMark: pieceBytes })
    reply.raw.once('close', () => stream.destroy())
    return reply.send(stream)
  }
}

function keyframesIn(
  segment: FootageSegment,
  text: string,
  field: string,
  most: number,
): [from: number, to: number] {
  const [from = 0, to = 0] = text.split('-').map(Number)
  if (to > from && to <= segment.keyframeMs.length && to - from <= most) return [from, to]
  throw new GatewayError({
    kind: 'invalid',
    code: 'query-malformed',
    message: 'the segment has no such keyframes',
    details: { field },
  })
}

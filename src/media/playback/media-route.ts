import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { Id } from '../../contract/common.ts'
import { readByteRange } from '../../domain/byte-range.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { CameraId } from '../../domain/ids.ts'
import type { HttpApp } from '../../platform/http.ts'
import { picturesOnly } from '../mp4/pictures-only.ts'
import type { FootageStore } from './footage-store.ts'
import { readAt } from './fragment-head.ts'
import { keyframeBytes } from './keyframes.ts'

/** A file's name is looked up, never opened as it was asked for. */
const params = Type.Object({
  id: Id,
  day: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
  file: Type.String({ maxLength: 64, pattern: '^[0-9A-Za-z.-]+\\.mp4$' }),
})
/** Place of the first keyframe among the segment's, and of the one behind the last. */
const querystring = Type.Object({
  keyframes: Type.Optional(Type.String({ pattern: '^\\d{1,6}-\\d{1,6}$' })),
  /** The initialisation section without sound, for keyframes alone. */
  init: Type.Optional(Type.Literal('pictures')),
})

/** What was recorded does not change; it is for nobody else to keep. */
const cacheControl = 'private, max-age=3600, immutable'
const pieceBytes = 128 * 1024
const mostKeyframes = 600

/** Recorded files as playlists name them: by byte range, or keyframes alone. */
export function mediaRoute(app: HttpApp, footage: FootageStore): void {
  app.get(
    '/api/v1/cameras/:id/playback/:day/:file',
    {
      config: { action: 'playback' },
      exposeHeadRoute: false,
      schema: { summary: 'Media of a playback playlist; takes byte ranges', params, querystring },
    },
    async (request, reply) => {
      const { id, day, file: name } = request.params
      const { keyframes } = request.query
      const segment = await footage.find(id as CameraId, `${id}/${day}/${name}`)
      const range = keyframes === undefined ? readByteRange(request.headers.range, segment.bytes) : null
      if (range === 'unsatisfiable') {
        void reply.header('content-range', `bytes */${segment.bytes}`)
        throw new GatewayError({
          kind: 'unsatisfiable',
          code: 'range-unsatisfiable',
          message: 'the file ends before this range begins',
        })
      }
      const [from = 0, to = 0] = (keyframes ?? '').split('-').map(Number)
      if (
        keyframes !== undefined &&
        (to <= from || to > segment.keyframeMs.length || to - from > mostKeyframes)
      )
        throw new GatewayError({
          kind: 'invalid',
          code: 'query-malformed',
          message: 'the segment has no such keyframes',
          details: { field: 'keyframes' },
        })
      const file = await footage.open(segment)
      void reply.type('video/mp4')
      if (request.query.init !== undefined) {
        try {
          void reply.header('cache-control', cacheControl)
          return await reply.send(picturesOnly(await readAt(file, 0, segment.initBytes)))
        } finally {
          await file.close()
        }
      }
      let stream: Readable
      if (keyframes === undefined) {
        const { from: start, to: end } = range ?? { from: 0, to: segment.bytes - 1 }
        void reply.header('accept-ranges', 'bytes').header('content-length', end - start + 1)
        if (range !== null) {
          // How long a file will be that is still being written, nobody knows.
          const size = segment.open ? '*' : segment.bytes
          void reply.code(206).header('content-range', `bytes ${start}-${end}/${size}`)
        }
        // The whole of an open file will be another one later; a part of it will not.
        if (!segment.open || range !== null) void reply.header('cache-control', cacheControl)
        stream = file.createReadStream({ start, end, highWaterMark: pieceBytes })
      } else {
        if (!segment.open) void reply.header('cache-control', cacheControl)
        stream = Readable.from(keyframeBytes(file, segment, from, to), { objectMode: false })
        stream.once('close', () => void file.close())
      }
      reply.raw.once('close', () => stream.destroy())
      return reply.send(stream)
    },
  )
}

import { Type } from 'typebox'
import { LiveAnswer, LiveQuery } from '../../contract/cameras.ts'
import { Id } from '../../contract/common.ts'
import type { StreamName } from '../../domain/camera.ts'
import type { CameraId } from '../../domain/ids.ts'
import type { HttpApp } from '../../platform/http.ts'
import type { StreamSource } from '../../registry/stream-source.ts'
import type { LiveHls } from './live-hls.ts'

export interface LiveRoutesDeps {
  readonly live: LiveHls
  /** @throws GatewayError `camera-unknown` */
  readonly source: (cameraId: CameraId, stream: StreamName) => Promise<StreamSource>
}

const StreamParams = Type.Object({ cameraId: Id, stream: Type.Enum(['main', 'sub']) })
const PartParams = Type.Object({
  ...StreamParams.properties,
  number: Type.String({ pattern: '^\\d{1,15}$' }),
})

/** Numbers are never used for other bytes, but what they show is for nobody else to keep. */
const partCache = 'private, max-age=60, immutable'

export function liveRoutes(app: HttpApp, { live, source }: LiveRoutesDeps): void {
  app.get(
    '/api/v1/cameras/:id/live',
    {
      config: { action: 'live' },
      schema: {
        summary: 'Where to watch a camera live; starts the stream',
        params: Type.Object({ id: Id }),
        querystring: LiveQuery,
        response: { 200: LiveAnswer },
      },
    },
    async ({ params, query }) => {
      const cameraId = params.id as CameraId
      // A camera without a substream has only one: say which it is, so that two tiles share it.
      const { stream } = await source(cameraId, query.stream ?? 'sub')
      const codecs = await live.codecs(cameraId, stream)
      return { hls: `/live/${cameraId}/${stream}/index.m3u8`, stream, codecs }
    },
  )

  app.get(
    '/live/:cameraId/:stream/index.m3u8',
    {
      config: { action: 'live' },
      schema: { summary: 'Live media playlist (RFC 8216)', params: StreamParams },
    },
    async ({ params }, reply) => {
      const { cameraId, stream } = streamOf(params)
      if (!live.watches(cameraId, stream)) await source(cameraId, stream)
      const text = await live.playlist(cameraId, stream)
      return reply.type('application/vnd.apple.mpegurl').header('cache-control', 'no-store').send(text)
    },
  )

  app.get(
    '/live/:cameraId/:stream/:number.mp4',
    {
      config: { action: 'live' },
      schema: { summary: 'Initialisation section of a live stream', params: PartParams },
    },
    async ({ params }, reply) => {
      const { cameraId, stream } = streamOf(params)
      const bytes = live.init(cameraId, stream, Number(params.number))
      return reply.type('video/mp4').header('cache-control', partCache).send(bytes)
    },
  )

  app.get(
    '/live/:cameraId/:stream/:number.m4s',
    {
      config: { action: 'live' },
      schema: { summary: 'Segment of a live stream', params: PartParams },
    },
    async ({ params }, reply) => {
      const { cameraId, stream } = streamOf(params)
      const bytes = live.segment(cameraId, stream, Number(params.number))
      return reply.type('video/iso.segment').header('cache-control', partCache).send(bytes)
    },
  )
}

function streamOf(params: { cameraId: string; stream: string }): { cameraId: CameraId; stream: StreamName } {
  return { cameraId: params.cameraId as CameraId, stream: params.stream === 'main' ? 'main' : 'sub' }
}

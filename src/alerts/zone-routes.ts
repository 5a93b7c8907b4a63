import { Type } from 'typebox'
import { Id } from '../contract/common.ts'
import { NewZone, Zone, ZoneList, ZonePatch } from '../contract/rules.ts'
import type { CameraId, ZoneId } from '../domain/ids.ts'
import type { HttpApp } from '../platform/http.ts'
import { type ZoneStore, zoneOnWire } from './zone-store.ts'

const path = '/api/v1/cameras/:id/zones'
const params = Type.Object({ id: Id })
const zoneParams = Type.Object({ id: Id, zoneId: Id })
const read = { action: 'analytics' } as const
const configure = { action: 'configure' } as const

export function zoneRoutes(app: HttpApp, { zones }: { readonly zones: ZoneStore }): void {
  app.get(path, { config: read, schema: { params, response: { 200: ZoneList } } }, async (request) => {
    const list = await zones.list(request.params.id as CameraId)
    return { items: list.map(zoneOnWire) }
  })

  app.post(
    path,
    { config: configure, schema: { params, body: NewZone, response: { 201: Zone } } },
    async (request, reply) => {
      const zone = await zones.create(request.params.id as CameraId, request.body)
      return reply.status(201).send(zoneOnWire(zone))
    },
  )

  app.patch(
    `${path}/:zoneId`,
    { config: configure, schema: { params: zoneParams, body: ZonePatch, response: { 200: Zone } } },
    async ({ params: { id, zoneId }, body }) =>
      zoneOnWire(await zones.change(id as CameraId, zoneId as ZoneId, body)),
  )

  app.delete(
    `${path}/:zoneId`,
    { config: configure, schema: { params: zoneParams, response: { 204: Type.Null() } } },
    async ({ params: { id, zoneId } }, reply) => {
      await zones.remove(id as CameraId, zoneId as ZoneId)
      return reply.status(204).send(null)
    },
  )
}

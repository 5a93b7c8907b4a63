import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import {
  cameraNotThere,
  requireAllowed,
  requireAllowedAt,
  scopesFor,
  unitNotThere,
} from '../access/authorise.ts'
import type { Places } from '../access/places.ts'
import {
  Camera,
  CameraBulkAnswer,
  CameraBulkPatch,
  CameraPage,
  CameraPatch,
  CameraQuery,
  DiscoveryAnswer,
  DiscoveryRequest,
  NewCamera,
  ProbeAnswer,
  ProbeRequest,
  PtzCommand,
  PtzPresetList,
} from '../contract/cameras.ts'
import { Id } from '../contract/common.ts'
import { NewUnit, NextNationalCode, Unit, UnitPage, UnitPatch, UnitQuery } from '../contract/units.ts'
import type { CameraId, UnitId } from '../domain/ids.ts'
import { nowhere } from '../domain/policy.ts'
import type { HttpApp } from '../platform/http.ts'
import type { CameraBulk } from './camera-bulk.ts'
import { credentialsOf } from './camera-source.ts'
import type { CameraStore } from './camera-store.ts'
import { discover } from './discovery.ts'
import type { NetworkPolicy } from './network-policy.ts'
import { probeDevice } from './onvif/device.ts'
import type { ExchangeLimits } from './onvif/exchange.ts'
import type { Ptz } from './ptz.ts'
import type { UnitStore } from './unit-store.ts'

export interface RegistryRouteDeps {
  readonly units: UnitStore
  readonly cameras: CameraStore
  readonly bulk: CameraBulk
  readonly ptz: Ptz
  readonly policy: NetworkPolicy
  readonly places: Pick<Places, 'ofUnit' | 'ofCamera'>
  readonly limits?: ExchangeLimits
}

const ById = Type.Object({ id: Id })
const Nothing = Type.Null()
const usualSearchMs = 3000

export function registryRoutes(app: HttpApp, deps: RegistryRouteDeps): void {
  unitRoutes(app, deps)
  cameraRoutes(app, deps)
  deviceRoutes(app, deps)
}

function unitRoutes(app: HttpApp, { units, places }: RegistryRouteDeps): void {
  const see = { config: { action: 'see' } } as const
  const configure = { config: { action: 'configure' } } as const
  app.get(
    '/api/v1/units',
    { ...see, schema: { querystring: UnitQuery, response: { 200: UnitPage } } },
    async (request) => units.list(request.query, scopesFor(request, 'see')),
  )
  app.post(
    '/api/v1/units',
    { ...configure, schema: { body: NewUnit, response: { 201: Unit } } },
    async (request, reply) => {
      await requireConfiguring(request, places, request.body.parentId)
      const unit = await units.create(request.body)
      return reply.code(201).header('location', `/api/v1/units/${unit.id}`).send(unit)
    },
  )
  app.get(
    '/api/v1/units/:id',
    { ...see, schema: { params: ById, response: { 200: Unit } } },
    async (request) => units.get(request.params.id as UnitId, scopesFor(request, 'see')),
  )
  app.get(
    '/api/v1/units/:id/next-national-code',
    { ...configure, schema: { params: ById, response: { 200: NextNationalCode } } },
    async (request) => ({ nationalCode: await units.nextNationalCode(request.params.id as UnitId) }),
  )
  app.patch(
    '/api/v1/units/:id',
    { ...configure, schema: { params: ById, body: UnitPatch, response: { 200: Unit } } },
    async (request) => {
      const { parentId } = request.body
      if (parentId !== undefined) await requireConfiguring(request, places, parentId)
      return await units.change(request.params.id as UnitId, request.body)
    },
  )
  app.delete(
    '/api/v1/units/:id',
    { ...configure, schema: { params: ById, response: { 204: Nothing } } },
    async (request, reply) => {
      await units.remove(request.params.id as UnitId)
      return reply.code(204).send(null)
    },
  )
}

function cameraRoutes(app: HttpApp, { cameras, bulk, places }: RegistryRouteDeps): void {
  const see = { config: { action: 'see' } } as const
  const configure = { config: { action: 'configure' } } as const
  app.get(
    '/api/v1/cameras',
    { ...see, schema: { querystring: CameraQuery, response: { 200: CameraPage } } },
    async (request) => cameras.list(request.query, scopesFor(request, 'see')),
  )
  app.post(
    '/api/v1/cameras',
    { ...configure, schema: { body: NewCamera, response: { 201: Camera } } },
    async (request, reply) => {
      await requireConfiguring(request, places, request.body.unitId)
      const camera = await cameras.register(request.body)
      return reply.code(201).header('location', `/api/v1/cameras/${camera.id}`).send(camera)
    },
  )
  app.patch(
    '/api/v1/cameras',
    { ...configure, schema: { body: CameraBulkPatch, response: { 200: CameraBulkAnswer } } },
    async (request) => {
      const { ids, change } = request.body
      if (change.unitId !== undefined) await requireConfiguring(request, places, change.unitId)
      await requireConfiguringAll(request, places, ids as CameraId[])
      await bulk.change(request.body)
      return { changed: ids.length }
    },
  )
  app.get(
    '/api/v1/cameras/:id',
    { ...see, schema: { params: ById, response: { 200: Camera } } },
    async (request) => cameras.get(request.params.id as CameraId),
  )
  app.patch(
    '/api/v1/cameras/:id',
    { ...configure, schema: { params: ById, body: CameraPatch, response: { 200: Camera } } },
    async (request) => {
      const { unitId } = request.body
      if (unitId !== undefined) await requireConfiguring(request, places, unitId)
      return await cameras.change(request.params.id as CameraId, request.body)
    },
  )
  app.delete(
    '/api/v1/cameras/:id',
    { ...configure, schema: { params: ById, response: { 204: Nothing } } },
    async (request, reply) => {
      await cameras.remove(request.params.id as CameraId)
      return reply.code(204).send(null)
    },
  )
}

/** Of where something is put; null: the top, which is everybody's. */
async function requireConfiguring(
  { principal }: FastifyRequest,
  places: RegistryRouteDeps['places'],
  unitId: string | null,
): Promise<void> {
  if (unitId === null) requireAllowed(principal, 'configure', { place: nowhere })
  else {
    const place = await places.ofUnit(unitId as UnitId)
    requireAllowedAt(principal, 'configure', place, () => unitNotThere(unitId))
  }
}

/** Each of the cameras: one that may not be changed stops all. */
async function requireConfiguringAll(
  { principal }: FastifyRequest,
  places: RegistryRouteDeps['places'],
  ids: readonly CameraId[],
): Promise<void> {
  for (const id of ids)
    requireAllowedAt(principal, 'configure', await places.ofCamera(id), () => cameraNotThere(id))
}

function deviceRoutes(app: HttpApp, { cameras, ptz, policy, limits }: RegistryRouteDeps): void {
  const configure = { config: { action: 'configure' } } as const
  app.post(
    '/api/v1/discovery',
    { ...configure, schema: { body: DiscoveryRequest, response: { 200: DiscoveryAnswer } } },
    async (request) => {
      const timeoutMs = request.body.timeoutMs ?? usualSearchMs
      const found = await discover({ policy, timeoutMs, log: app.log })
      const registered = await cameras.byAddress(found.map((device) => device.address))
      return {
        items: found.map((device) => ({ ...device, cameraId: registered.get(device.address) ?? null })),
      }
    },
  )
  app.post(
    '/api/v1/probe',
    { ...configure, schema: { body: ProbeRequest, response: { 200: ProbeAnswer } } },
    async (request) => {
      const { onvif, username = null, password = null } = request.body
      const credentials = credentialsOf({ username: username || null, password })
      const { streams, ...report } = await probeDevice({
        address: onvif,
        credentials,
        policy,
        ...(limits === undefined ? {} : { limits }),
      })
      return { ...report, streams: [...streams] }
    },
  )
  app.get(
    '/api/v1/cameras/:id/ptz',
    { config: { action: 'ptz' }, schema: { params: ById, response: { 200: PtzPresetList } } },
    async (request) => ({ items: await ptz.presets(request.params.id as CameraId) }),
  )
  app.post(
    '/api/v1/cameras/:id/ptz',
    { config: { action: 'ptz' }, schema: { params: ById, body: PtzCommand, response: { 204: Nothing } } },
    async (request, reply) => {
      await ptz.command(request.params.id as CameraId, request.body)
      return reply.code(204).send(null)
    },
  )
}

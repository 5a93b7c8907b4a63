import { v7 as uuidv7 } from 'uuid'
import type { CredentialSeal } from '../access/credential-seal.ts'
import type { CameraPatch, CameraQuery, NewCamera, Camera as WireCamera } from '../contract/cameras.ts'
import type { StreamName } from '../domain/camera.ts'
import { GatewayError } from '../domain/errors.ts'
import type { CameraId, UnitId } from '../domain/ids.ts'
import type { Scope } from '../domain/policy.ts'
import type { Db } from '../platform/database.ts'
import { listCameras, selectShown } from './camera-list.ts'
import { cameraOnWire, placeColumns, type ShownRow, sourceColumns } from './camera-row.ts'
import {
  type CameraSource,
  credentialsOf,
  findSource,
  normalAddress,
  patchedSource,
  type SourceDraft,
} from './camera-source.ts'
import type { Conditions } from './conditions.ts'
import { cameraUnknown } from './known-camera.ts'
import type { NetworkPolicy } from './network-policy.ts'
import type { Credentials, ExchangeLimits } from './onvif/exchange.ts'
import { rowConflict } from './row-conflict.ts'
import type { StreamSource } from './stream-source.ts'
import { Turns } from './turns.ts'

export type CameraChange =
  | { readonly kind: 'added'; readonly cameraId: CameraId }
  | { readonly kind: 'removed'; readonly cameraId: CameraId }
  | {
      readonly kind: 'changed'
      readonly cameraId: CameraId
      /** Its address, streams or password: what was pulled with the old ones is to be pulled anew. */
      readonly source: boolean
      readonly analysis: boolean
    }

export interface CameraStoreOptions {
  readonly db: Db
  readonly seal: CredentialSeal
  readonly policy: NetworkPolicy
  readonly conditions: Conditions
  readonly limits?: ExchangeLimits
}

/** What a conversation with the camera's ONVIF side needs. Holds a password: never log it. */
export interface DeviceAccess {
  readonly address: string
  readonly credentials: Credentials | null
  readonly hasPtz: boolean
  readonly profileToken: string | null
}

/** The registered cameras. Passwords go in sealed and come out only by `source` and `device`. */
export class CameraStore {
  readonly #options: CameraStoreOptions
  readonly #db: Db
  readonly #listeners = new Set<(change: CameraChange) => void>()
  /** One write at a time, so that conditions and listeners hear of them in the order of their commits. */
  readonly #turns = new Turns()

  constructor(options: CameraStoreOptions) {
    this.#options = options
    this.#db = options.db
  }

  /** What lies in the scopes, by name. Throws `unit-unknown` or `cursor-malformed`. */
  async list(
    query: CameraQuery,
    scopes?: readonly Scope[],
  ): Promise<{ items: WireCamera[]; nextCursor: string | null }> {
    // Pages and the filter must not disagree about a change of this very second.
    if (query.state !== undefined) await this.#options.conditions.flush()
    const { rows, nextCursor } = await listCameras(this.#db, query, scopes)
    return { items: rows.map((row) => this.#onWire(row)), nextCursor }
  }

  /** Throws `camera-unknown`. */
  async get(cameraId: CameraId): Promise<WireCamera> {
    const row = await selectShown(this.#db).where('id', '=', cameraId).executeTakeFirst()
    if (row === undefined) throw cameraUnknown(cameraId)
    return this.#onWire(row)
  }

  /** Throws what `findSource` throws, `unit-unknown` or `camera-already-registered`; then nothing is kept. */
  async register(draft: NewCamera): Promise<WireCamera> {
    const username = draft.username || null
    const password = draft.password || null
    const given: SourceDraft = { ...draft, username, password }
    await this.#requireFreeAddress(normalAddress(given))
    const source = await this.#findSource(given)
    const id = uuidv7() as CameraId
    await this.write(async () => {
      await this.#db
        .insertInto('cameras')
        .values({
          id,
          unit_id: draft.unitId,
          ...placeColumns(draft),
          name: draft.name.trim(),
          ...sourceColumns(source),
          username,
          password_sealed: this.#sealed(password, id),
        })
        .execute()
      this.#options.conditions.place(id, draft.unitId as UnitId)
      this.#emit({ kind: 'added', cameraId: id })
    })
    return await this.get(id)
  }

  /**
   * Throws what `register` throws, `camera-unknown`, and `password-required` where the stored password
   * would be sent to an address that it was not given for.
   */
  async change(cameraId: CameraId, patch: CameraPatch): Promise<WireCamera> {
    const draft = await this.#changedDraft(cameraId, patch)
    const source = draft === null ? null : await this.#findSource(draft)
    await this.write(async () => {
      const columns = {
        ...placeColumns(patch),
        ...(source === null || draft === null
          ? {}
          : {
              ...sourceColumns(source),
              username: draft.username,
              password_sealed: this.#sealed(draft.password, cameraId),
            }),
      }
      if (Object.keys(columns).length === 0) return
      const row = await this.#db
        .updateTable('cameras')
        .set(columns)
        .where('id', '=', cameraId)
        .returning('unit_id')
        .executeTakeFirst()
      if (row === undefined) throw cameraUnknown(cameraId)
      this.#options.conditions.place(cameraId, row.unit_id as UnitId)
      if (source !== null) this.#options.conditions.doubt(cameraId)
      this.#emit({
        kind: 'changed',
        cameraId,
        source: source !== null || patch.transport !== undefined,
        analysis: patch.analysis !== undefined,
      })
    })
    return await this.get(cameraId)
  }

  /** Throws `camera-unknown`. Its zones and rules go with it, its alerts stay. */
  async remove(cameraId: CameraId): Promise<void> {
    await this.write(async () => {
      const removed = await this.#db.deleteFrom('cameras').where('id', '=', cameraId).executeTakeFirst()
      if (removed.numDeletedRows === 0n) throw cameraUnknown(cameraId)
      this.#options.conditions.forget(cameraId)
      this.#emit({ kind: 'removed', cameraId })
    })
  }

  /**
   * Where to pull a stream, password included; asked anew for every attempt. The host is a checked IP
   * address: a name that has moved meanwhile leads nowhere else. Throws `camera-unknown`,
   * `address-refused`, `host-unknown`.
   */
  async source(cameraId: CameraId, stream: StreamName): Promise<StreamSource> {
    const row = await this.#db
      .selectFrom('cameras')
      .select(['main_url', 'sub_url', 'transport', 'username', 'password_sealed'])
      .where('id', '=', cameraId)
      .executeTakeFirst()
    if (row === undefined) throw cameraUnknown(cameraId)
    const sub = stream === 'sub' && row.sub_url !== null
    const url = new URL((sub ? row.sub_url : row.main_url) ?? '')
    const address = await this.#options.policy.allowed(url.hostname)
    url.hostname = address.includes(':') ? `[${address}]` : address
    const password = this.#opened(row.password_sealed, cameraId)
    return {
      cameraId,
      stream: sub ? 'sub' : 'main',
      url: url.href,
      transport: row.transport,
      ...(row.username === null ? {} : { username: row.username }),
      ...(password === null ? {} : { password }),
    }
  }

  /** Throws `camera-unknown`, or `onvif-needed` where the camera was registered by URL. */
  async device(cameraId: CameraId, stream: StreamName = 'main'): Promise<DeviceAccess> {
    const row = await this.#db
      .selectFrom('cameras')
      .select(['source', 'address', 'username', 'password_sealed', 'has_ptz', 'streams'])
      .where('id', '=', cameraId)
      .executeTakeFirst()
    if (row === undefined) throw cameraUnknown(cameraId)
    if (row.source !== 'onvif') {
      throw new GatewayError({
        kind: 'invalid',
        code: 'onvif-needed',
        message: 'this camera is known by its stream URL only: it cannot be asked for more than pictures',
      })
    }
    return {
      address: row.address,
      credentials: credentialsOf({
        username: row.username,
        password: this.#opened(row.password_sealed, cameraId),
      }),
      hasPtz: row.has_ptz,
      profileToken: row.streams.find((each) => each.stream === stream)?.profileToken ?? null,
    }
  }

  /**
   * Asks an ONVIF device again where its streams are: profiles change, and devices move them. True where
   * something changed. Throws what `device` and devices throw.
   */
  async refresh(cameraId: CameraId): Promise<boolean> {
    const { address, credentials } = await this.device(cameraId)
    const found = await this.#findSource({
      onvif: address,
      username: credentials?.username ?? null,
      password: credentials?.password ?? null,
    })
    return await this.write(async () => {
      const before = await this.#db
        .selectFrom('cameras')
        .select(['main_url', 'sub_url'])
        .where('id', '=', cameraId)
        .where('address', '=', found.address)
        .executeTakeFirst()
      if (before === undefined) return false
      await this.#db.updateTable('cameras').set(sourceColumns(found)).where('id', '=', cameraId).execute()
      const moved = before.main_url !== found.mainUrl || before.sub_url !== found.subUrl
      if (moved) this.#emit({ kind: 'changed', cameraId, source: true, analysis: false })
      return moved
    })
  }

  /** Which of these addresses are registered. */
  async byAddress(addresses: readonly string[]): Promise<Map<string, CameraId>> {
    if (addresses.length === 0) return new Map()
    const rows = await this.#db
      .selectFrom('cameras')
      .select(['id', 'address'])
      .where('address', 'in', addresses)
      .execute()
    return new Map(rows.map((row) => [row.address, row.id as CameraId]))
  }

  /** A write in its turn; what it emits is told at once. Throws what constraints mean to a caller. */
  async write<T>(work: (db: Db, emit: (change: CameraChange) => void) => Promise<T>): Promise<T> {
    return await this.#turns.take(async () => {
      try {
        return await work(this.#db, (change) => this.#emit(change))
      } catch (error) {
        throw rowConflict(error)
      }
    })
  }

  /** Called after the change is stored. Returns the way to stop listening. */
  onChange(listener: (change: CameraChange) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  async #changedDraft(cameraId: CameraId, patch: CameraPatch): Promise<SourceDraft | null> {
    const row = await this.#db
      .selectFrom('cameras')
      .select(['source', 'address', 'sub_url', 'username', 'password_sealed'])
      .where('id', '=', cameraId)
      .executeTakeFirst()
    if (row === undefined) throw cameraUnknown(cameraId)
    const draft = patchedSource(row, this.#opened(row.password_sealed, cameraId), patch)
    const address = draft === null ? null : normalAddress(draft)
    if (address !== null && address !== row.address) await this.#requireFreeAddress(address)
    return draft
  }

  async #findSource(draft: SourceDraft): Promise<CameraSource> {
    return await findSource(draft, this.#options.policy, this.#options.limits)
  }

  /** Before a device is troubled for nothing; the unique index decides. */
  async #requireFreeAddress(address: string): Promise<void> {
    const [taken] = (await this.byAddress([address])).values()
    if (taken === undefined) return
    throw new GatewayError({
      kind: 'conflict',
      code: 'camera-already-registered',
      message: 'a camera with this address is registered already',
      details: { cameraId: taken },
    })
  }

  #onWire(row: ShownRow): WireCamera {
    return cameraOnWire(row, this.#options.conditions.of(row.id as CameraId))
  }

  #sealed(password: string | null, cameraId: CameraId): Buffer | null {
    return password === null ? null : this.#options.seal.seal(password, cameraId)
  }

  #opened(sealed: Buffer | null, cameraId: CameraId): string | null {
    return sealed === null ? null : this.#options.seal.open(sealed, cameraId)
  }

  #emit(change: CameraChange): void {
    for (const listener of this.#listeners) listener(change)
  }
}

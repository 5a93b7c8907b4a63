import { v7 as uuidv7 } from 'uuid'
import type { AccountRight, NewRight } from '../contract/rights.ts'
import { GatewayError } from '../domain/errors.ts'
import type { AccountId, CameraId } from '../domain/ids.ts'
import { type Action, type Right, type Role, roleRight } from '../domain/policy.ts'
import type { Db } from '../platform/database.ts'
import type { Sessions } from './sessions.ts'

const mostRights = 200

/** What accounts may do beside their roles. */
export class Rights {
  readonly #db: Db
  readonly #sessions: Sessions

  constructor({ db, sessions }: { readonly db: Db; readonly sessions: Sessions }) {
    this.#db = db
    this.#sessions = sessions
  }

  async list(accountId: AccountId): Promise<AccountRight[]> {
    const rows = await this.#db
      .selectFrom('rights')
      .leftJoin('units', 'units.id', 'rights.unit_id')
      .leftJoin('cameras', 'cameras.id', 'rights.camera_id')
      .selectAll('rights')
      .select(['units.name as unit_name', 'cameras.name as camera_name'])
      .where('account_id', '=', accountId)
      .orderBy('rights.created_at')
      .orderBy('rights.id')
      .execute()
    return rows.map((row) => ({
      id: row.id,
      accountId: row.account_id,
      unitId: row.unit_id,
      cameraId: row.camera_id,
      where: row.unit_name ?? row.camera_name,
      actions: row.actions as AccountRight['actions'],
      schedule: row.schedule,
      until: row.until_at?.toISOString() ?? null,
      reason: row.reason,
      grantedBy: row.granted_by,
      createdAt: row.created_at.toISOString(),
    }))
  }

  /** Throws `right-scope-ambiguous`, `rights-full`, `account-unknown`, `unit-unknown`, `camera-unknown`. */
  async grant(accountId: AccountId, wanted: NewRight, grantedBy: string): Promise<AccountRight> {
    if (wanted.unitId !== undefined && wanted.cameraId !== undefined)
      throw invalid('right-scope-ambiguous', 'a right holds in a unit or at a camera, not both')
    const known = await this.list(accountId)
    if (known.length >= mostRights)
      throw new GatewayError({
        kind: 'conflict',
        code: 'rights-full',
        message: `an account has at most ${mostRights} rights`,
      })
    const id = uuidv7()
    try {
      await this.#db
        .insertInto('rights')
        .values({
          id,
          account_id: accountId,
          unit_id: wanted.unitId ?? null,
          camera_id: wanted.cameraId ?? null,
          actions: wanted.actions,
          schedule: JSON.stringify(wanted.schedule ?? []),
          until_at: wanted.until === undefined ? null : new Date(wanted.until),
          reason: wanted.reason.trim(),
          granted_by: grantedBy,
        })
        .execute()
    } catch (error) {
      throw missing(error)
    }
    this.#sessions.changed(accountId)
    const made = (await this.list(accountId)).find((right) => right.id === id)
    if (made === undefined) throw unknown()
    return made
  }

  /** In effect at once: what was being watched by it is cut. Throws `right-unknown`. */
  async withdraw(accountId: AccountId, id: string): Promise<void> {
    const row = await this.#db
      .deleteFrom('rights')
      .where('id', '=', id)
      .where('account_id', '=', accountId)
      .returning('id')
      .executeTakeFirst()
    if (row === undefined) throw unknown()
    this.#sessions.changed(accountId)
  }
}

/** All that an account may do: by its role, and granted. */
export async function readRights(
  db: Db,
  account: { readonly id: string; readonly role: Role },
): Promise<Right[]> {
  const [home, rows] = await Promise.all([
    db
      .selectFrom('accounts')
      .leftJoin('units', 'units.id', 'accounts.unit_id')
      .select(['accounts.unit_id', 'units.path'])
      .where('accounts.id', '=', account.id)
      .executeTakeFirst(),
    db
      .selectFrom('rights')
      .leftJoin('units', 'units.id', 'rights.unit_id')
      .select(['rights.unit_id', 'rights.camera_id', 'actions', 'schedule', 'until_at', 'units.path'])
      .where('account_id', '=', account.id)
      .execute(),
  ])
  const granted = rows.map(
    (row): Right => ({
      actions: new Set(row.actions as Action[]),
      scope:
        row.camera_id !== null
          ? { kind: 'camera', cameraId: row.camera_id as CameraId }
          : row.path !== null
            ? { kind: 'unit', path: row.path }
            : { kind: 'city' },
      schedule: row.schedule,
      untilUtcMs: row.until_at?.getTime() ?? null,
    }),
  )
  return [roleRight(account.role, home?.path ?? null), ...granted]
}

function invalid(code: string, message: string): GatewayError {
  return new GatewayError({ kind: 'invalid', code, message })
}

function unknown(): GatewayError {
  return new GatewayError({ kind: 'not-found', code: 'right-unknown', message: 'there is no such right' })
}

const constraints: Readonly<Record<string, string>> = {
  rights_account_id_fkey: 'account-unknown',
  rights_unit_id_fkey: 'unit-unknown',
  rights_camera_id_fkey: 'camera-unknown',
}

/** A right for what is not there. */
function missing(error: unknown): unknown {
  const { constraint = '' } = error as { constraint?: string }
  const code = Object.hasOwn(constraints, constraint) ? constraints[constraint] : undefined
  if (code === undefined) return error
  return new GatewayError({ kind: 'not-found', code, message: 'there is no such thing', cause: error })
}

import type { Generated, JSONColumnType } from 'kysely'
import type { AlertRule, Explanation } from '../domain/alert-rule.ts'
import type { RuleKind } from '../domain/rule-kinds.ts'
import type { Zone } from '../domain/zone.ts'

export interface ReviewTable {
  id: string
  name: string
  from_at: Date
  to_at: Date
  state: 'waiting' | 'running' | 'done' | 'cancelled' | 'failed'
  reason: string | null
  asked_by: string
  created_at: Generated<Date>
  started_at: Date | null
  ended_at: Date | null
  worked_ms: Generated<number>
}

export interface ReviewCameraTable {
  review_id: string
  camera_id: string
  camera_name: string
  place: number
  watches: JSONColumnType<readonly ReviewWatch[]>
  frames_per_s: number
  masks: JSONColumnType<readonly { x: number; y: number }[][]>
  motion_gate: boolean
  footage_ms: number | null
  inspected_ms: Generated<number>
  reached_at: Date | null
  frames: Generated<number>
  objects: JSONColumnType<Readonly<Record<string, number>>, string | undefined>
  outcome: string | null
}

export interface ReviewWatch {
  readonly rule: AlertRule
  readonly zone: Zone | null
}

export interface ReviewFindingTable {
  id: string
  review_id: string
  camera_id: string
  rule_id: string
  rule_name: string
  rule_kind: RuleKind
  severity: 'notice' | 'warning' | 'critical'
  zone_name: string | null
  subject: string
  class: string | null
  score: number | null
  box: number[] | null
  dwell_ms: number | null
  direction: 'forward' | 'backward' | null
  explanation: JSONColumnType<Explanation>
  firing: number
  occurred_at: Date
  jpeg: Buffer | null
}
